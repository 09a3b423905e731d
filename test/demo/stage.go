package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// stage has two clusters, one without and one with Sluice.
type stage struct {
	*narrator
	today, guarded *cluster.ControlPlane
	webhook        string
	sluice         *cluster.Sluice
	log            *os.File

	// For the chapters with nodes.
	fleet   *nodes.Fleet
	plugin  string
	goflow2 []*goflow2Collector
	nfcapd  *node.Nfcapd
	sfacctd *node.Pmacct
}

// setUp starts both clusters and the webhook.
func setUp(ctx context.Context, n *narrator) (*stage, error) {
	n.print("Starting two clusters, one without and one with Sluice: kube-apiserver, etcd and")
	n.print("the Network CRD of openshift/api, all real, on the loopback interface.")
	s := &stage{narrator: n}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, c := range []**cluster.ControlPlane{&s.today, &s.guarded} {
		group.Go(func() (err error) {
			if *c, err = cluster.StartControlPlane(groupCtx, users()); err != nil {
				return err
			}
			return (*c).InstallOpenShift(groupCtx)
		})
	}
	if err := group.Wait(); err != nil {
		return s, err
	}
	var err error
	if s.webhook, err = cluster.BuildWebhook(ctx, s.guarded.Dir); err != nil {
		return s, err
	}
	if s.log, err = os.Create(filepath.Join(s.guarded.Dir, "sluice.log")); err != nil {
		return s, fmt.Errorf("create the log: %w", err)
	}
	return s, s.startSluice(ctx)
}

func (s *stage) startSluice(ctx context.Context) error {
	if err := s.guarded.InstallPolicies(ctx); err != nil {
		return err
	}
	kubeconfig, err := s.guarded.WebhookKubeconfig(ctx)
	if err != nil {
		return err
	}
	if s.sluice, err = cluster.StartSluice(ctx, s.webhook, s.guarded.Dir, s.log, "--policies=cluster", "--kubeconfig="+kubeconfig); err != nil {
		return err
	}
	return s.guarded.Register(ctx, s.sluice)
}

// tearDown stops everything that setUp started.
func (s *stage) tearDown() error {
	errs := []error{s.stopCollectors()}
	if s.fleet != nil {
		errs = append(errs, s.fleet.Stop())
	}
	if s.sluice != nil {
		errs = append(errs, s.sluice.Stop())
	}
	if s.log != nil {
		errs = append(errs, s.log.Close())
	}
	for _, c := range []*cluster.ControlPlane{s.today, s.guarded} {
		if c != nil {
			errs = append(errs, c.Stop())
		}
	}
	return errors.Join(errs...)
}

// want is the expected answer.
type want struct {
	refused bool
	// text must be in the output; with quiet, the output must have nothing else.
	text string
}

// kubectl prints and runs one command, and checks the answer.
func (s *stage) kubectl(ctx context.Context, label string, c *cluster.ControlPlane, command cluster.Command, w want) error {
	s.command(label, "kubectl "+display(command))
	result, err := c.Run(ctx, command)
	if err != nil {
		return err
	}
	s.output(result.All(), !result.OK())
	s.check(result.OK() != w.refused, fmt.Sprintf("exit status %d", result.Code))
	s.check(strings.Contains(result.All(), w.text), fmt.Sprintf("no %q in it", w.text))
	return nil
}

// flows returns the stored lists, without printing the command.
func (s *stage) flows(ctx context.Context, c *cluster.ControlPlane) (string, error) {
	get := []string{"get", "network.operator", "cluster", "-o", "jsonpath={.spec.exportNetworkFlows}"}
	result, err := c.Must(ctx, cluster.Command{User: cluster.Viewer, Args: get})
	return result.Stdout, err
}

// clear removes the lists from both clusters, without printing the commands.
func (s *stage) clear(ctx context.Context) error {
	for _, c := range []*cluster.ControlPlane{s.today, s.guarded} {
		patch := []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":null}}`}
		if _, err := c.Must(ctx, cluster.Command{User: cluster.Operator, Args: patch}); err != nil {
			return err
		}
	}
	return nil
}

// display is a command as a user would type it.
func display(command cluster.Command) string {
	words := make([]string, len(command.Args))
	for i, arg := range command.Args {
		if strings.ContainsAny(arg, " {}[]\"'\n*$") {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		words[i] = arg
	}
	line := strings.Join(words, " ")
	if command.Stdin != "" {
		line += " <<EOF\n" + indent(command.Stdin, "        ") + "      EOF"
	}
	return line
}

func indent(text, by string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(by + line)
	}
	return b.String()
}
