package informer

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestSilenceIsTheTimeSinceTheLastContact(t *testing.T) {
	now := &clock{now: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)}
	c := newContact(now.Now)
	now.advance(time.Minute)
	if got := c.silence(); got != time.Minute {
		t.Errorf("a minute after the start: %s", got)
	}
	if c.heard() || c.silence() != 0 {
		t.Error("the first contact is a recovery, or does not count")
	}
	now.advance(time.Second)
	if !c.report() || c.report() {
		t.Error("the first failure is not reported, or the second one is")
	}
	if got := c.silence(); got != time.Second {
		t.Errorf("a failure counts as contact: %s", got)
	}
	now.advance(reportPeriod)
	if !c.report() || c.report() {
		t.Error("a lasting failure is not reported once in each period")
	}
	if !c.heard() || c.heard() {
		t.Error("the recovery is not reported once")
	}
}

// The monotonic clock stops while a machine is suspended.
func TestASuspendedMachineWasSilent(t *testing.T) {
	now := time.Now()
	c := newContact(func() time.Time { return now })
	now = now.Round(0).Add(time.Hour) // without the reading of the monotonic clock
	if got := c.silence(); got < time.Hour {
		t.Errorf("after an hour: %s", got)
	}
	now = now.Add(-2 * time.Hour) // the wall clock is set back
	if got := c.silence(); got > 0 {
		t.Errorf("in the future: %s", got)
	}
}

func TestOnlyASettledWatchIsAContact(t *testing.T) {
	source := watch.NewFake()
	contacts := make(chan struct{}, 10)
	heard := func() { contacts <- struct{}{} }
	settle := make(chan time.Time)
	w := &observed{Interface: source, events: make(chan watch.Event), stopped: make(chan struct{}), cancel: func() {}}
	ended := make(chan struct{})
	go func() { defer close(ended); w.forward(settle, heard) }()
	next := func(want int, what string) {
		t.Helper()
		if len(contacts) != want {
			t.Errorf("%s: %d contacts, want %d", what, len(contacts), want)
		}
	}
	source.Add(configMap("1"))
	<-w.ResultChan()
	next(0, "what changed before the watch")
	settle <- time.Time{}
	source.Action(watch.Bookmark, configMap("1"))
	<-w.ResultChan()
	next(2, "a settled watch with a bookmark")
	source.Error(&metav1.Status{})
	<-w.ResultChan()
	next(2, "an error")
	w.Stop()
	w.Stop()
	<-ended
	next(2, "the end")
}

// An API server that can't be reached is no reason to fill the log.
func TestFailuresAreLoggedOnce(t *testing.T) {
	client := fakeClient(t)
	var mu sync.Mutex
	fails, failed := true, make(chan struct{}, 100)
	client.PrependReactor("list", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
		mu.Lock()
		defer mu.Unlock()
		if fails {
			failed <- struct{}{}
		}
		return fails, nil, errors.New("no answer")
	})
	var log bytes.Buffer
	lines := funcr.New(func(_, args string) {
		mu.Lock()
		defer mu.Unlock()
		log.WriteString(args + "\n")
	}, funcr.Options{})
	i, err := New(client.Resource(configMaps), "", "configmaps", lines, Refresh(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	run(t, i)
	for range 2 {
		<-failed
	}
	mu.Lock()
	fails = false
	mu.Unlock()
	if !i.Wait(t.Context()) {
		t.Fatal("nothing was read")
	}
	deadline := time.After(30 * time.Second)
	for done := false; !done; {
		mu.Lock()
		done = strings.Contains(log.String(), "watch works again")
		mu.Unlock()
		select {
		case <-deadline:
			t.Fatal("the recovery is not logged")
		case <-time.After(syncCheck):
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(log.String(), "watch failed; retrying"); n != 1 {
		t.Errorf("%d lines about failures:\n%s", n, log.String())
	}
}

func TestTheAPIServerIsAskedToEndAWatch(t *testing.T) {
	client := fake.NewSimpleDynamicClient(runtime.NewScheme())
	asked := make(chan int64, 1)
	client.PrependWatchReactor("*", func(action clienttesting.Action) (bool, watch.Interface, error) {
		if a, ok := action.(clienttesting.WatchActionImpl); ok {
			asked <- *a.ListOptions.TimeoutSeconds
		}
		return true, watch.NewFake(), nil
	})
	i, err := New(client.Resource(configMaps), "", "configmaps", logr.Discard(), Refresh(90*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	w, err := i.start(context.Background(), client.Resource(configMaps), metav1.ListOptions{TimeoutSeconds: new(int64(500))})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if got := <-asked; got != 90 {
		t.Errorf("the API server ends the watch after %d seconds", got)
	}
}
