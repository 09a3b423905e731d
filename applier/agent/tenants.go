package agent

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-logr/logr"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/applier/splitter"
)

// maxFlowExports is for how many FlowExports a node sends.
const maxFlowExports = 256

// closing bounds how long the end of the agent waits for what is on its way to tenants.
const closing = time.Second

// tenants sends the records of namespaces to the collectors of their FlowExports. While there is a FlowExport
// whose namespace has a pod on the node, the agent has a target of its own in the IPFIX row.
type tenants struct {
	node     string
	now      func() time.Time
	listen   Listen
	log      logr.Logger
	splitter *splitter.Splitter
	// linger is how long the target stays after the last selected pod or FlowExport left. Each change of the targets
	// makes ovs-vswitchd open all sockets of the row again, so a tenant must not change them at will.
	linger time.Duration
	// changed gets a value when namespaces come to the node or leave it.
	changed chan struct{}

	mu sync.Mutex
	// local are the namespaces with a pod on the node. lost says that changes are not heard of: they are those
	// that were known last.
	local map[string]bool
	lost  bool

	// The rest is the loop's. target is the socket's address while it is a target, and listening the
	// same for what sockets look up.
	target string
	end    func()
	// failure says why there is no socket.
	failure error
	// exports are those of local namespaces that are sent for, and others those for which there is no room.
	exports, others []desired.FlowExport
	report          tenantReport
	losses          losses
	// reports bounds the reports.
	reports budget
	// served are the UIDs of the FlowExports that the target is for, and left is since when there is none of them;
	// zero while there is one.
	served map[string]bool
	left   time.Time
	// recovered is when sockets were looked after last.
	recovered time.Time

	listeningMu sync.Mutex
	listening   netip.AddrPort
}

func newTenants(config Config) *tenants {
	t := &tenants{node: config.Node, now: config.Now, listen: config.Listen, linger: config.Linger, log: config.Log, changed: make(chan struct{}, 1), reports: budget{burst: reportBurst, every: reportRefill}}
	t.splitter = splitter.New(splitter.Config{
		Own:     func() ([]netip.AddrPort, error) { return t.own(config.Vswitchd) },
		Confirm: config.Confirm, Dial: config.Dial, Addresses: config.Addresses, Now: config.Now,
	})
	return t
}

// own lists the local ends of ovs-vswitchd's sockets to the splitter.
func (t *tenants) own(vswitchd Vswitchd) ([]netip.AddrPort, error) {
	t.listeningMu.Lock()
	listening := t.listening
	t.listeningMu.Unlock()
	sockets, err := vswitchd.Sockets()
	return sockets[listening].Locals, err
}

// interfaces takes in the interfaces of Open vSwitch.
func (t *tenants) interfaces(list []ovs.Interface) {
	ports, local := make([]splitter.Port, 0, len(list)), map[string]bool{}
	for _, i := range list {
		owner, ok := splitter.PodOf(i.ID)
		if ok {
			local[owner.Namespace] = true
		}
		ports = append(ports, splitter.Port{Row: string(i.Row), Name: i.Name, Index: i.Index, Owner: owner})
	}
	t.splitter.SetPorts(ports)
	t.mu.Lock()
	same := maps.Equal(t.local, local) && !t.lost
	t.local, t.lost = local, false
	t.mu.Unlock()
	if !same {
		t.change()
	}
}

// lose takes in that changes of the interfaces are not heard of. The target stays, so that the records come again as
// soon as they can be attributed.
func (t *tenants) lose() {
	t.splitter.LosePorts()
	t.mu.Lock()
	t.lost = true
	t.mu.Unlock()
	t.change()
}

// unattributable reports whether it is not known which records are the tenants'.
func (t *tenants) unattributable() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lost
}

func (t *tenants) change() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// here are the FlowExports of namespaces with a pod on the node.
func (t *tenants) here(all []desired.FlowExport) []desired.FlowExport {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []desired.FlowExport
	for _, e := range all {
		if t.local[e.Namespace] {
			list = append(list, e)
		}
	}
	return list
}

// follow adapts to the FlowExports. writes says that the agent may write to Open vSwitch. It returns the
// target that the IPFIX row needs; empty for none.
func (t *tenants) follow(ctx context.Context, in desired.Inputs, want desired.State, writes bool) string {
	t.exports, t.others = shared(t.here(in.FlowExports), maxFlowExports)
	if !writes || want.Tenants == nil || !t.needed(in.DeniedFlowExports) {
		t.stop()
		return ""
	}
	if t.target == "" {
		if t.failure = t.open(ctx); t.failure != nil {
			t.log.Info("no socket for the records of FlowExports, will retry", "reason", t.failure.Error())
			return ""
		}
	}
	exporter := want.Tenants
	t.splitter.SetBridge(numberIn(exporter, ovs.ObservationDomain), numberIn(exporter, ovs.Sampling))
	var exports []splitter.Export
	for _, e := range t.exports {
		exports = append(exports, splitter.Export{
			Key: splitter.Key{Namespace: e.Namespace, Name: e.Name}, Domain: desired.FlowExportDomain(t.node, e.UID), Collectors: e.Collectors,
		})
	}
	t.splitter.SetExports(exports)
	return t.target
}

// needed reports whether there has to be a target: for the FlowExports that there are, and for some time after the
// last one. It is not kept for one that is denied.
func (t *tenants) needed(denied []string) bool {
	if len(t.exports) > 0 {
		t.left, t.served = time.Time{}, map[string]bool{}
		for _, e := range t.exports {
			t.served[e.UID] = true
		}
		return true
	}
	if t.target == "" || slices.ContainsFunc(denied, func(uid string) bool { return t.served[uid] }) {
		return false
	}
	if t.left.IsZero() {
		t.left = t.now()
	}
	return t.now().Before(t.left.Add(t.linger))
}

// again is when the target has to be removed; zero for never.
func (t *tenants) again() time.Time {
	if t.target == "" || t.left.IsZero() {
		return time.Time{}
	}
	return t.left.Add(t.linger)
}

// address is that of the socket, which ovs-vswitchd may send to; empty if there is none.
func (t *tenants) address() string {
	t.listeningMu.Lock()
	defer t.listeningMu.Unlock()
	if !t.listening.IsValid() {
		return ""
	}
	return t.listening.String()
}

// numberIn is the number that takes effect in a column.
func numberIn(e *ovs.Exporter, column ovs.ColumnName) uint32 {
	n, err := strconv.ParseUint(e.Setting(column), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// open opens the socket. One that could not be closed yet, because ovs-vswitchd may send to it, is used again.
func (t *tenants) open(ctx context.Context) error {
	if t.end != nil {
		t.target = t.address()
		return nil
	}
	conn, err := t.listen(ctx)
	if err != nil {
		return err
	}
	socket, ok := conn.(*net.UDPConn)
	if !ok {
		_ = conn.Close()
		return fmt.Errorf("a socket of type %T", conn)
	}
	t.target = conn.LocalAddr().String()
	t.listeningMu.Lock()
	t.listening, _ = netip.ParseAddrPort(t.target) // a UDP address is one
	t.listeningMu.Unlock()
	receiving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := t.splitter.Receive(receiving, socket); err != nil {
			t.log.Error(err, "the records of FlowExports are not received any more")
		}
	}()
	t.end = func() {
		cancel()
		<-done
		_ = conn.Close() // nothing is written
	}
	t.log.Info("records are split by namespace", "target", t.target)
	return nil
}

// stop makes the target one that must not be in the row. The socket stays open until settle: were it closed
// while it is a target, ovs-vswitchd would log refusals.
func (t *tenants) stop() {
	if t.target != "" {
		t.splitter.SetExports(nil)
	}
	t.target, t.served, t.left = "", nil, time.Time{}
}

// lookAfterSockets looks after the sockets to collectors about once in every, no matter how often it is called: changes may come
// more often.
func (t *tenants) lookAfterSockets(every time.Duration) {
	now := t.now()
	if since := now.Sub(t.recovered); since >= every/2 || since < 0 { // the clock may have been set back
		t.recovered = now
		t.splitter.Recover()
	}
}

// settle takes in what became of the row. The socket is closed once the row that was read back lacks the
// target: while ovs-vswitchd sends to it, its port must not become another program's.
func (t *tenants) settle(r *reconciliation) {
	if t.target == "" && t.end != nil && r.lacks(t.address()) {
		t.end()
		t.end = nil
	}
	if t.target != "" && r.written {
		t.splitter.Refresh() // ovs-vswitchd has new sockets
	}
	t.splitter.SetLifetime(cached(r))
}

// cached is how long a flow may be in Open vSwitch's cache.
func cached(r *reconciliation) time.Duration {
	if r == nil || r.err != nil || r.pending > 0 {
		return splitter.DefaultLifetime // what ovs-vswitchd uses is not known
	}
	row, exists := r.state.Export(ipfix)
	if !exists {
		return splitter.DefaultLifetime
	}
	if numberIn(&row.Exporter, ovs.CacheMaxFlows) == 0 {
		return 0
	}
	return min(splitter.DefaultLifetime, time.Duration(numberIn(&row.Exporter, ovs.CacheActiveTimeout))*time.Second)
}

// close ends what is on its way.
func (t *tenants) close() {
	timer := time.NewTimer(closing)
	defer timer.Stop()
	ended := make(chan struct{})
	go func() {
		<-timer.C
		close(ended)
	}()
	t.splitter.Close(ended)
}

// probable adds the collectors of FlowExports to those that are probed.
func (t *tenants) probable(list []netip.AddrPort) []netip.AddrPort {
	if t.target == "" {
		return list
	}
	known := map[netip.AddrPort]bool{}
	for _, c := range list {
		known[c] = true
	}
	for _, e := range t.exports {
		for _, c := range e.Collectors {
			if !known[c] {
				known[c] = true
				list = append(list, c)
			}
		}
	}
	return list
}

// obstacle says why the node sends for no FlowExport; empty if it does.
func (t *tenants) obstacle(r *reconciliation) (reason, message string) {
	row, exists := r.state.Export(ipfix)
	switch {
	case t.target != "" && silent(r):
		return silenceFor(r)
	case t.target != "" && t.unattributable():
		return v1alpha1.ReasonInterfacesUnknown, "the watch of Open vSwitch's database on the node was lost, so that the records cannot be attributed to namespaces; nothing is sent until it works again"
	case t.target != "" && t.splitter.Failure() != nil:
		return v1alpha1.ReasonIPFIXMissing, "the agent can't receive the records of the node: " + t.splitter.Failure().Error()
	case t.target != "" && r.err == nil && exists && slices.Contains(row.Exporter.CanonicalTargets(), t.target):
		return "", ""
	case r.desired.Off:
		return v1alpha1.ReasonExportOff, fmt.Sprintf("FlowExportProfile %s switches export off on the node", r.desired.Profile)
	case r.mode == v1alpha1.ModeObserve:
		return v1alpha1.ReasonObserveOnly, "the agent on the node only observes, and changes nothing in Open vSwitch"
	case r.desired.HandsOff != "":
		return v1alpha1.ReasonHandsOff, r.desired.HandsOff
	case r.lock != nil:
		return lockFailure(r.lock)
	case t.failure != nil:
		return v1alpha1.ReasonIPFIXMissing, "the agent has no socket for the records: " + t.failure.Error()
	}
	return v1alpha1.ReasonIPFIXMissing, "Open vSwitch does not send the records of the node to the agent yet; see the conditions of the NodeFlowExport"
}
