package main

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
)

// parkedMemory parks n goroutines in a send on one channel of capacity size, and measures by how
// many bytes the process has grown.
func parkedMemory(r *round) uint64 {
	values := make(chan uint64, r.size)
	var started atomic.Int64
	before := residentBytes()
	for i := range r.n {
		go func() {
			started.Add(1)
			values <- uint64(i)
		}()
	}
	// The last few may not have parked yet; of a million that is nothing.
	for started.Load() < int64(r.n) {
		runtime.Gosched()
	}
	r.total = residentBytes() - before
	sum := uint64(0)
	for range r.n {
		sum += <-values
	}
	return sum
}

// residentBytes is VmRSS, which Linux alone has.
func residentBytes() int64 {
	status, err := os.Open("/proc/self/status")
	if err != nil {
		fail(err.Error())
	}
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), "VmRSS:"); found {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				fail(err.Error())
			}
			return kib * 1024
		}
	}
	fail("/proc/self/status has no VmRSS")
	return 0
}
