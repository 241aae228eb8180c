package main

import "sync"

// pingPong sends n numbers there and back over two unbuffered channels.
func pingPong(r *round) uint64 {
	there, back := make(chan uint64), make(chan uint64)
	go func() {
		for v := range there {
			back <- v
		}
	}()
	sum := uint64(0)
	for i := range r.n {
		there <- uint64(i)
		sum += <-back
	}
	close(there)
	return sum
}

// stream sends n numbers through one channel of capacity size.
func stream(producers, consumers int) program {
	return func(r *round) uint64 {
		values := make(chan uint64, r.size)
		sums := make(chan uint64, consumers)
		for range consumers {
			go func() { sums <- consume(values) }()
		}
		produce(values, r.n, producers)
		close(values)
		sum := uint64(0)
		for range consumers {
			sum += <-sums
		}
		return sum
	}
}

// produce has the producers send the numbers below n, an equal range each, and waits for them.
func produce(values chan<- uint64, n, producers int) {
	var sent sync.WaitGroup
	sent.Add(producers)
	share := n / producers
	for p := range producers {
		go func() {
			for i := p * share; i < (p+1)*share; i++ {
				values <- uint64(i)
			}
			sent.Done()
		}()
	}
	sent.Wait()
}

func consume(values <-chan uint64) uint64 {
	sum := uint64(0)
	for v := range values {
		sum += v
	}
	return sum
}

// pair sends and receives in one goroutine: the channel without anybody to wait for.
func pair(r *round) uint64 {
	values := make(chan uint64, r.size)
	sum := uint64(0)
	for i := range r.n {
		values <- uint64(i)
		sum += <-values
	}
	return sum
}
