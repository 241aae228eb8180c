package main

import "sync"

// mutex locks, counts and unlocks n times in one goroutine.
func mutex(r *round) uint64 {
	var lock sync.Mutex
	count := uint64(0)
	for range r.n {
		lock.Lock()
		count++
		lock.Unlock()
	}
	return count
}

// mutexContended shares the n turns among size goroutines.
func mutexContended(r *round) uint64 {
	var lock sync.Mutex
	var ended sync.WaitGroup
	count := uint64(0)
	ended.Add(r.size)
	for range r.size {
		go func() {
			for range r.n / r.size {
				lock.Lock()
				count++
				lock.Unlock()
			}
			ended.Done()
		}()
	}
	ended.Wait()
	return count
}
