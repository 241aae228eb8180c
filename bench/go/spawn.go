package main

import (
	"runtime"
	"sync"
)

// spawnJoin starts n goroutines, each after the last has given its result. One channel serves all:
// that is cheaper than one for each, and Go has no other way to a goroutine's result.
func spawnJoin(r *round) uint64 {
	results := make(chan uint64)
	sum := uint64(0)
	for i := range r.n {
		go func() { results <- uint64(i) }()
		sum += <-results
	}
	return sum
}

// spawnFlood starts size goroutines, then waits for all of them; n/size times.
func spawnFlood(r *round) uint64 {
	sum := uint64(0)
	for range r.n / r.size {
		results := make([]uint64, r.size)
		var ended sync.WaitGroup
		ended.Add(r.size)
		for i := range results {
			go func() {
				results[i] = uint64(i)
				ended.Done()
			}()
		}
		ended.Wait()
		for _, result := range results {
			sum += result
		}
	}
	return sum
}

// yield has size goroutines that yield n times together.
func yield(r *round) uint64 {
	counts := make([]uint64, r.size)
	var ended sync.WaitGroup
	ended.Add(r.size)
	for i := range counts {
		go func() {
			count := uint64(0)
			for range r.n / r.size {
				runtime.Gosched()
				count++
			}
			counts[i] = count
			ended.Done()
		}()
	}
	ended.Wait()
	sum := uint64(0)
	for _, count := range counts {
		sum += count
	}
	return sum
}
