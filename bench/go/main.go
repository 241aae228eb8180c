// Command go is the Go side of the suite `native`: bench/native has the same programs in Rust.
//
//	go <case> --procs N --n COUNT [--size SIZE] [--warm-up COUNT]
//
// It runs the case once with the warm-up's count, then once more on the clock, and prints one JSON
// line. bench/README.md says what each case does; a case must not differ from its twin in Rust.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

// round is one run of a case.
type round struct {
	// n is the number of operations. The numbers on the clock are divided by it.
	n int
	// size is the shape of the case: a capacity, a number of goroutines.
	size int
	// total is what a case measures that is not to be timed as a whole, in its own unit.
	total int64
}

// program runs a round and returns a sum that it can only know by having done the work.
type program func(*round) uint64

var programs = map[string]program{
	"spawn-join":      spawnJoin,
	"spawn-flood":     spawnFlood,
	"yield":           yield,
	"ping-pong":       pingPong,
	"spsc":            stream(1, 1),
	"mpsc":            stream(4, 1),
	"mpmc":            stream(4, 4),
	"pair":            pair,
	"select-2":        select2,
	"select-8":        select8,
	"select-default":  selectDefault,
	"select-ready":    selectReady,
	"mutex":           mutex,
	"mutex-contended": mutexContended,
	"skynet":          skynet,
	"sieve":           sieve,
	"merge-sort":      mergeSort,
	"timers-stop":     timersStop,
	"timers-fire":     timersFire,
	"sleepers":        sleepers,
	"parked-memory":   parkedMemory,
	"ring":            ring,
	"steal":           steal,
}

func main() {
	if len(os.Args) < 2 {
		fail("usage: go <case> --procs N --n COUNT [--size SIZE] [--warm-up COUNT]")
	}
	run, found := programs[os.Args[1]]
	if !found {
		fail("no such case: " + os.Args[1])
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	procs := flags.Int("procs", 1, "GOMAXPROCS")
	n := flags.Int("n", 1, "operations")
	size := flags.Int("size", 1, "shape of the case")
	warmUp := flags.Int("warm-up", 0, "operations before the clock starts")
	_ = flags.Parse(os.Args[2:]) // ExitOnError: it does not return one

	runtime.GOMAXPROCS(*procs)
	if *warmUp > 0 {
		run(&round{n: *warmUp, size: *size})
	}
	report(measure(run, round{n: *n, size: *size}))
}

type result struct {
	N int `json:"n"`
	// Total is nanoseconds, or bytes where the case measures memory.
	Total int64   `json:"total"`
	PerOp float64 `json:"perOp"`
	// Checksum is a string: it has 64 bits.
	Checksum string `json:"checksum"`
}

func measure(run program, r round) result {
	runtime.GC() // the warm-up's garbage is not this round's work
	start := time.Now()
	checksum := run(&r)
	total := time.Since(start).Nanoseconds()
	if r.total != 0 {
		total = r.total
	}
	return result{
		N:        r.n,
		Total:    total,
		PerOp:    float64(total) / float64(r.n),
		Checksum: strconv.FormatUint(checksum, 10),
	}
}

func report(r result) {
	line, err := json.Marshal(r)
	if err != nil {
		fail(err.Error())
	}
	fmt.Println(string(line))
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
