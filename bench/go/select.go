package main

// select2 receives from two channels of capacity size, with a producer for each.
func select2(r *round) uint64 {
	a, b := make(chan uint64, r.size), make(chan uint64, r.size)
	for _, c := range []chan uint64{a, b} {
		go func() {
			for i := range r.n / 2 {
				c <- uint64(i)
			}
		}()
	}
	sum := uint64(0)
	for range r.n {
		select {
		case v := <-a:
			sum += v
		case v := <-b:
			sum += v
		}
	}
	return sum
}

// select8 receives from eight channels of capacity size; one producer serves them in turn.
func select8(r *round) uint64 {
	var c [8]chan uint64
	for i := range c {
		c[i] = make(chan uint64, r.size)
	}
	go func() {
		for i := range r.n {
			c[i%len(c)] <- uint64(i)
		}
	}()
	sum := uint64(0)
	for range r.n {
		var v uint64
		select {
		case v = <-c[0]:
		case v = <-c[1]:
		case v = <-c[2]:
		case v = <-c[3]:
		case v = <-c[4]:
		case v = <-c[5]:
		case v = <-c[6]:
		case v = <-c[7]:
		}
		sum += v
	}
	return sum
}

// selectDefault looks n times at two channels that have nothing.
func selectDefault(r *round) uint64 {
	a, b := make(chan uint64, 1), make(chan uint64, 1)
	defaults := uint64(0)
	for range r.n {
		select {
		case <-a:
		case <-b:
		default:
			defaults++
		}
	}
	return defaults
}

// selectReady puts a number into one of two channels and selects without blocking; n times.
func selectReady(r *round) uint64 {
	a, b := make(chan uint64, 1), make(chan uint64, 1)
	sum := uint64(0)
	for i := range r.n {
		if i%2 == 0 {
			a <- uint64(i)
		} else {
			b <- uint64(i)
		}
		select {
		case v := <-a:
			sum += v
		case v := <-b:
			sum += v
		default:
		}
	}
	return sum
}
