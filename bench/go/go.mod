module github.com/gosched/gosched/bench/go

// The oldest whose timers are those of today: this line chooses their semantics too.
go 1.23
