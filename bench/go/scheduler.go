package main

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// ring passes a number n times round a ring of size goroutines. Each readies its neighbour and
// parks; on one P, a hop is a channel operation and a pop of the local queue.
func ring(r *round) uint64 {
	channels := make([]chan uint64, r.size)
	for i := range channels {
		channels[i] = make(chan uint64, 1)
	}
	var ended sync.WaitGroup
	ended.Add(r.size)
	for i := range channels {
		from, to := channels[i], channels[(i+1)%r.size]
		go func() {
			for range r.n / r.size {
				to <- 1 + <-from
			}
			ended.Done()
		}()
	}
	channels[0] <- 0
	ended.Wait()
	return <-channels[0]
}

// steal starts size goroutines at a time and keeps its P busy until they have ended: they run only
// where they are stolen to. All but the last of each batch: a scheduler may keep for the P the one
// that was readied last, and tokio always does.
func steal(r *round) uint64 {
	var ran atomic.Uint64
	for started := 0; started < r.n; {
		for range r.size {
			go func() { ran.Add(1) }()
		}
		started += r.size
		for ran.Load() < uint64(started)-1 {
		}
	}
	for ran.Load() < uint64(r.n) {
		runtime.Gosched()
	}
	return ran.Load()
}
