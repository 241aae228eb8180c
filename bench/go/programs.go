package main

// skynet is a tree of goroutines, ten children to each, with size leaves that give their number;
// n/size times. https://github.com/atemerev/skynet
func skynet(r *round) uint64 {
	sum := uint64(0)
	for range r.n / r.size {
		result := make(chan uint64, 1)
		go skynetNode(result, 0, uint64(r.size))
		sum += <-result
	}
	return sum
}

func skynetNode(parent chan<- uint64, first, leaves uint64) {
	if leaves == 1 {
		parent <- first
		return
	}
	// Room for every child's result, so that none waits for its parent.
	results := make(chan uint64, 10)
	share := leaves / 10
	for i := range uint64(10) {
		go skynetNode(results, first+i*share, share)
	}
	sum := uint64(0)
	for range 10 {
		sum += <-results
	}
	parent <- sum
}

// sieve finds the primes up to size with a chain of goroutines, one for each prime; n times.
func sieve(r *round) uint64 {
	sum := uint64(0)
	for range r.n {
		numbers := make(chan uint64)
		go generate(uint64(r.size), numbers)
		for {
			prime, more := <-numbers
			if !more {
				break
			}
			sum += prime
			rest := make(chan uint64)
			go filter(prime, numbers, rest)
			numbers = rest
		}
	}
	return sum
}

func generate(last uint64, numbers chan<- uint64) {
	for i := uint64(2); i <= last; i++ {
		numbers <- i
	}
	close(numbers)
}

func filter(prime uint64, in <-chan uint64, out chan<- uint64) {
	for v := range in {
		if v%prime != 0 {
			out <- v
		}
	}
	close(out)
}
