package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"sluice/test/harness/cluster"
	"sluice/webhook"
)

// process measures the start of the webhook and its memory after 100,000 reviews.
func (b *bench) process(ctx context.Context) error {
	body, err := usualReview(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	s, err := cluster.StartSluice(ctx, b.webhook, b.dir, io.Discard)
	if err != nil {
		return err
	}
	defer s.Stop() //nolint:errcheck // only the result matters
	c := httpsClient(s.Bundle, false)
	if _, err := post(ctx, c, s.URL+webhook.MutatePath, body); err != nil {
		return err
	}
	cold := time.Since(start)
	b.add(row{"cold start to the first answer (certificate made by the harness included)", "", millis(cold), "", "≤ 300 ms", cold <= 300*time.Millisecond})

	const reviews, senders = 100_000, 4
	group, ctx := errgroup.WithContext(ctx)
	for range senders {
		group.Go(func() error {
			for range reviews / senders {
				if _, err := post(ctx, c, s.URL+webhook.MutatePath, body); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	resident, err := residentMiB(s.PID)
	if err != nil {
		return err
	}
	b.add(row{"resident memory after 100,000 reviews", "", fmt.Sprintf("%.1f MiB", resident), "", "≤ 40 MiB", resident <= 40})
	return nil
}

// residentMiB reads VmRSS of a process.
func residentMiB(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS of process %d", pid)
}

// cpu reads the CPU time that a process has used, from /proc/PID/stat (in 100ths of a second).
func cpu(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// freeAddress returns an unused loopback address.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
