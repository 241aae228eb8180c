package main

// leafLength is how many numbers are sorted without starting another goroutine.
const leafLength = 64

// mergeSort sorts size numbers, half of each part in a goroutine of its own; n/size times.
func mergeSort(r *round) uint64 {
	numbers := pseudoRandom(r.size)
	sum := uint64(0)
	for range r.n / r.size {
		for i, v := range sorted(numbers) {
			sum += uint64(v) * uint64(i+1)
		}
	}
	return sum
}

// pseudoRandom is Knuth's linear congruential generator: all sides sort the same numbers.
func pseudoRandom(length int) []uint32 {
	numbers := make([]uint32, length)
	state := uint64(1)
	for i := range numbers {
		state = state*6364136223846793005 + 1442695040888963407
		numbers[i] = uint32(state >> 32)
	}
	return numbers
}

func sorted(numbers []uint32) []uint32 {
	if len(numbers) <= leafLength {
		return sortedLeaf(numbers)
	}
	middle := len(numbers) / 2
	result := make(chan []uint32, 1)
	go func() { result <- sorted(numbers[:middle]) }()
	right := sorted(numbers[middle:])
	return merged(<-result, right)
}

// sortedLeaf sorts by insertion. By hand, as in Rust: the libraries' sorts are not what is compared.
func sortedLeaf(numbers []uint32) []uint32 {
	leaf := make([]uint32, len(numbers))
	copy(leaf, numbers)
	for i := 1; i < len(leaf); i++ {
		v := leaf[i]
		at := i
		for at > 0 && leaf[at-1] > v {
			leaf[at] = leaf[at-1]
			at--
		}
		leaf[at] = v
	}
	return leaf
}

func merged(left, right []uint32) []uint32 {
	all := make([]uint32, 0, len(left)+len(right))
	l, r := 0, 0
	for l < len(left) && r < len(right) {
		if left[l] <= right[r] {
			all = append(all, left[l])
			l++
		} else {
			all = append(all, right[r])
			r++
		}
	}
	all = append(all, left[l:]...)
	return append(all, right[r:]...)
}
