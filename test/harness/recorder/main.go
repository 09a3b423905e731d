// Collector prints the flow records that it receives, one JSON object per line. Tests and the demo
// export to it to check that records arrive. It is not part of the product.
//
// Usage:
//
//	collector --listen ADDRESS [--listen ADDRESS]...
//
// ADDRESS is an address such as 127.0.0.1:2055. Each accepts NetFlow v5, sFlow v5 and IPFIX. Collector
// reports on standard error where it listens and what it could not read. It ends on SIGTERM or SIGINT
// and then prints the counts.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"sluice/applier/collector"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "collector:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var addresses []string
	flags := flag.NewFlagSet("collector", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Func("listen", "UDP `address` to listen on; repeatable", func(address string) error {
		addresses = append(addresses, address)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	if len(addresses) == 0 || flags.NArg() > 0 {
		return fmt.Errorf("want --listen ADDRESS, got %q", args)
	}
	p := printer{records: json.NewEncoder(stdout), problems: stderr}
	group, ctx := errgroup.WithContext(ctx)
	for _, address := range addresses {
		var config net.ListenConfig
		conn, err := config.ListenPacket(ctx, "udp", address)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		defer conn.Close()
		fmt.Fprintln(stderr, "listening on", conn.LocalAddr())
		group.Go(func() error { return collector.Receive(ctx, conn, time.Now, p.print) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("collect: %w", err)
	}
	p.sum()
	return nil
}

// printer prints the records of all connections.
type printer struct {
	mutex    sync.Mutex
	records  *json.Encoder
	problems io.Writer
	tally    collector.Tally
}

func (p *printer) print(m collector.Message, err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.tally.Add(m, err, m.Received)
	if err != nil {
		fmt.Fprintf(p.problems, "from %s: %v\n", m.Exporter, err)
	}
	for _, r := range m.Records {
		if err := p.records.Encode(lineOf(m, r)); err != nil {
			fmt.Fprintln(p.problems, "print:", err)
		}
	}
}

func (p *printer) sum() {
	for _, c := range p.tally.Counts() {
		fmt.Fprintf(p.problems, "%s from %s: datagrams=%d malformed=%d records=%d packets=%d bytes=%d templates=%d undecoded=%d\n",
			c.Format, c.Exporter, c.Datagrams, c.Malformed, c.Records, c.Packets, c.Bytes, c.Templates, c.Undecoded)
	}
	fmt.Fprintf(p.problems, "unknown datagrams: %d\n", p.tally.Unknown())
}
