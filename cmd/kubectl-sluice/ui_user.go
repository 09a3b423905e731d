package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/cmd/kubectl-sluice/internal/page/board"
	"sluice/cmd/kubectl-sluice/internal/page/editor"
	"sluice/cmd/kubectl-sluice/internal/page/live"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
	"sluice/validation"
	"sluice/validation/policy"
)

// person is the user of the page, with what the API server knows of them.
type person struct {
	cluster *kube.Cluster
	feed    *live.Feed
	editor  editor.Editor

	mu      sync.Mutex
	me      board.Me
	options validation.Options
	exempt  []string
}

func newEditor(name string, cluster *kube.Cluster, where place) editor.Editor {
	program, _, _ := strings.Cut(name, " ")
	return editor.Editor{DryRun: cluster.DryRun, Program: program, Where: where.flags}
}

// The values of board.Me.MayPatch.
const (
	yes, no, unknown = "yes", "no", "unknown"
)

// introduceAgain is how long to wait until the API server is asked again, if it did not answer.
const introduceAgain = 10 * time.Second

// introduce asks the API server who the user is, until it answers.
func (p *person) introduce(ctx context.Context) {
	for !p.ask(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(introduceAgain):
		}
	}
}

func (p *person) ask(ctx context.Context) (done bool) {
	me := board.Me{MayPatch: unknown}
	user, err := p.cluster.User(ctx)
	if err != nil {
		me.Why = err.Error()
	} else {
		me.Name, me.Groups = user.Name, user.Groups
	}
	may, mayErr := p.cluster.May(ctx, "patch", kube.Networks(), "", validation.ClusterName)
	switch {
	case mayErr != nil:
	case may:
		me.MayPatch = yes
	default:
		me.MayPatch = no
	}
	options := validation.Options{}.Prepared()
	var exempt []string
	if published, err := p.cluster.WebhookOptions(ctx); err == nil {
		if parsed, err := validation.ParseOptions(published.Normalization, published.IPFamilies); err == nil {
			options, exempt = parsed, published.ExemptUsers
		}
	}
	p.mu.Lock()
	p.me, p.options, p.exempt = me, options, exempt
	p.mu.Unlock()
	p.feed.SetMe(me)
	return err == nil && mayErr == nil
}

// policies are those of the cluster; why says why they are not known.
func (p *person) policies() (set *policy.Set, why string) {
	list, known := p.feed.Policies()
	if !known {
		return nil, "you may not read them."
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return policy.Compile(list, append([]string{validation.OperatorUser}, p.exempt...)...), ""
}

// check evaluates lists as the user.
func (p *person) check(ctx context.Context, lists editor.Lists) (editor.Verdict, error) {
	set, why := p.policies()
	p.mu.Lock()
	c := editor.Cluster{Network: p.feed.Network(), Ask: p.me.MayPatch != no, Options: p.options, NoPolicies: why, User: validation.User{Name: p.me.Name, Groups: p.me.Groups}}
	p.mu.Unlock()
	if set != nil {
		c.Policies = set
	}
	if !c.Ask {
		c.Why = "You may not patch Network.operator, so the API server can't be asked. The same rules were evaluated by this program."
	}
	return p.editor.Evaluate(ctx, c, lists)
}

// explain says what a user may do.
func (p *person) explain(user string, groups []string) (string, error) {
	if user == "" {
		return "", errors.New("name a user")
	}
	set, why := p.policies()
	if set == nil {
		return "", errors.New("the policies are not known: " + why)
	}
	var b strings.Builder
	if err := policy.Explain(set, policy.UserAsAuthenticated(user, groups)).WriteText(&b); err != nil {
		return "", err
	}
	return b.String(), nil
}

// placer sorts Nodes as "status" does. The DaemonSet says on which of them agents are to run. It is
// read again only if the Nodes changed, because not every user may watch it.
func (a *access) placer() func(context.Context, *status.Cluster, []unstructured.Unstructured) error {
	var last scope
	known := -1
	return func(ctx context.Context, c *status.Cluster, nodes []unstructured.Unstructured) error {
		if len(nodes) != known {
			selected, err := a.agentScope(ctx)
			switch {
			case err == nil:
				last, known = selected, len(nodes)
			case known < 0:
				return err
			}
		}
		return placeNodes(c, nodes, last)
	}
}
