package enforcement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
	"sluice/validation"
)

// Recorder keeps the Lease of a replica that answers reviews. The Lease says which policies the
// replica has in force, so that another process can tell whether all replicas have one.
type Recorder struct {
	Client dynamic.Interface
	// Namespace and Name of the Lease. The name is the same after the process restarts.
	Namespace, Name string
	// Holder names the replica for people.
	Holder string
	Watch  *Watch
	// Options are those of this process, Exempt the users whom it exempts.
	Options validation.Options
	Exempt  []string
	// Certificate returns when the certificate expires that this replica serves; the zero time without one.
	Certificate func() time.Time
	// Limit is how long the API server may be silent before this replica stops judging.
	Limit time.Duration
	Now   func() time.Time
	Log   logr.Logger
}

// ReplicaName is the name of the Lease of a replica: of its host, which is the pod or, in the host
// network, the node, and its address there.
func ReplicaName(host, address string) string {
	sum := sha256.Sum256([]byte(host + "/" + address))
	readable := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(host))
	const longest = 200 // a name has up to 253 characters
	return "replica-" + readable[:min(len(readable), longest)] + "-" + hex.EncodeToString(sum[:4])
}

// The times of the writes of a Recorder.
const (
	// maxRenewal is how often a Lease is written without a change.
	maxRenewal = 30 * time.Second
	// recordPause is the least time between two writes, during which changes are gathered.
	recordPause = 500 * time.Millisecond
	// recordTimeout is how long a write may take.
	recordTimeout = 10 * time.Second
)

// renewal is how often a Lease is written without a change.
func (r *Recorder) renewal() time.Duration { return min(maxRenewal, r.Limit/3) }

// duration is how long the Lease lasts without a renewal. While it lasts, the replica counts as one
// that judges. A replica that is cut off from the API server goes on judging until the limit, so its
// Lease must last longer: by the age of the last renewal, and the same again for delays.
func (r *Recorder) duration() time.Duration { return r.Limit + 2*r.renewal() }

// Run writes the Lease until ctx ends, and then deletes it: this replica must not answer reviews any
// more.
func (r *Recorder) Run(ctx context.Context) error {
	changes := r.Watch.Subscribe()
	renew := time.NewTicker(r.renewal())
	defer renew.Stop()
	written, failing := "", false
	for {
		if s := r.Watch.Snapshot(); s != nil {
			record := s.inForce()
			err := r.write(ctx, record)
			if err != nil && ctx.Err() == nil && !failing {
				r.Log.Error(err, "the policies that this replica has in force can't be recorded; retrying")
			}
			if failing = err != nil; !failing {
				written = record
			}
		}
		pause := time.NewTimer(recordPause)
		select {
		case <-ctx.Done():
			pause.Stop()
			return r.remove(context.WithoutCancel(ctx))
		case <-pause.C:
		}
		for due := false; !due; {
			select {
			case <-ctx.Done():
				return r.remove(context.WithoutCancel(ctx))
			case <-renew.C:
				due = true
			case <-changes:
				s := r.Watch.Snapshot()
				due = s != nil && s.inForce() != written
			}
		}
	}
}

// inForce lists the policies whose latest generation is in force.
func (s *Snapshot) inForce() string {
	keys := make([]string, 0, len(s.States))
	for _, state := range s.States {
		if state.Err == nil {
			keys = append(keys, v1alpha1.InForceKey(string(state.UID), state.Generation))
		}
	}
	return v1alpha1.InForceKeys(keys)
}

// options are the options in the form of their flags.
func (r *Recorder) options() v1alpha1.WebhookOptions {
	p := v1alpha1.WebhookOptions{Normalization: "mutate", IPFamilies: "ipv4", ExemptUsers: r.Exempt}
	if r.Options.RejectNonCanonical {
		p.Normalization = "reject"
	}
	if r.Options.IPv6 {
		p.IPFamilies = "ipv4,ipv6"
	}
	return p
}

// expiration is the value of the annotation about the certificate.
func (r *Recorder) expiration() string {
	if end := r.Certificate(); !end.IsZero() {
		return end.UTC().Format(time.RFC3339)
	}
	return ""
}

// fieldManager is the owner of the fields of a Lease.
const fieldManager = "sluice-webhook"

func (r *Recorder) write(ctx context.Context, record string) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	options, err := json.Marshal(r.options())
	if err != nil {
		return fmt.Errorf("write Lease %s/%s: %w", r.Namespace, r.Name, err)
	}
	lease := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": kube.Leases().GroupVersion().String(), "kind": "Lease",
		"metadata": map[string]any{
			"name": r.Name, "namespace": r.Namespace,
			"labels": map[string]any{v1alpha1.ReplicaLabel: v1alpha1.ReplicaWebhook, "app.kubernetes.io/name": "sluice"},
			"annotations": map[string]any{
				v1alpha1.InForceAnnotation: record, v1alpha1.OptionsAnnotation: string(options), v1alpha1.CertificateAnnotation: r.expiration(),
			},
		},
		"spec": map[string]any{
			"holderIdentity": r.Holder, "leaseDurationSeconds": int64(r.duration() / time.Second),
			"renewTime": r.Now().UTC().Format(metav1.RFC3339Micro),
		},
	}}
	_, err = r.Client.Resource(kube.Leases()).Namespace(r.Namespace).Apply(ctx, r.Name, lease, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	if err != nil {
		return fmt.Errorf("write Lease %s/%s: %w", r.Namespace, r.Name, err)
	}
	return nil
}

// removeTimeout is how long the deletion of the Lease may delay the end of the process.
const removeTimeout = 3 * time.Second

// remove deletes the Lease. If it can't, the Lease ends by itself.
func (r *Recorder) remove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, removeTimeout)
	defer cancel()
	err := r.Client.Resource(kube.Leases()).Namespace(r.Namespace).Delete(ctx, r.Name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		r.Log.Error(err, "the Lease of this replica was not deleted; it ends by itself", "lease", r.Name, "after", r.duration().String())
	}
	return nil
}
