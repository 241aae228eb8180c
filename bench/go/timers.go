package main

import (
	"runtime"
	"sync/atomic"
	"time"
)

// timersStop creates size timers that are far from due, then stops them; n/size times.
func timersStop(r *round) uint64 {
	stopped := uint64(0)
	timers := make([]*time.Timer, r.size)
	for range r.n / r.size {
		for i := range timers {
			due := time.Hour + time.Duration(i%1000)*time.Millisecond
			timers[i] = time.AfterFunc(due, func() {})
		}
		for _, timer := range timers {
			if timer.Stop() {
				stopped++
			}
		}
	}
	return stopped
}

// timersFire creates n timers, all of which are pending before the first is due.
func timersFire(r *round) uint64 {
	var fired atomic.Int64
	done := make(chan struct{})
	plan := planFor(r.n)
	for i := range r.n {
		time.AfterFunc(plan.wait(i), func() {
			if fired.Add(1) == int64(r.n) {
				close(done)
			}
		})
	}
	created := time.Now()
	<-done
	r.total = plan.busy(created, time.Now())
	return uint64(fired.Load())
}

// sleepers has n goroutines sleep at once.
func sleepers(r *round) uint64 {
	var asleep, awake atomic.Int64
	done := make(chan struct{})
	plan := planFor(r.n)
	for i := range r.n {
		go func() {
			asleep.Add(1)
			time.Sleep(plan.wait(i))
			if awake.Add(1) == int64(r.n) {
				close(done)
			}
		}()
	}
	for asleep.Load() < int64(r.n) {
		runtime.Gosched()
	}
	created := time.Now()
	<-done
	r.total = plan.busy(created, time.Now())
	return uint64(awake.Load())
}

// plan says when n timers are due: n microseconds from the start, so that all can be pending
// before the first fires, spread over a millisecond.
type plan struct {
	start time.Time
	n     int
}

func planFor(n int) plan { return plan{time.Now(), n} }

func (p plan) wait(i int) time.Duration {
	due := time.Duration(p.n+i%1000) * time.Microsecond
	return due - time.Since(p.start)
}

// busy is the time in nanoseconds that the timers took, without the time in which all were pending
// and none was due.
func (p plan) busy(created, fired time.Time) int64 {
	due := p.start.Add(time.Duration(p.n+min(p.n, 1000)-1) * time.Microsecond)
	if created.After(due) {
		due = created
	}
	return (created.Sub(p.start) + fired.Sub(due)).Nanoseconds()
}
