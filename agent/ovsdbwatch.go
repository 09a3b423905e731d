package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"github.com/ovn-kubernetes/libovsdb/cache"
	"github.com/ovn-kubernetes/libovsdb/client"
	"github.com/ovn-kubernetes/libovsdb/model"
)

// The tables and columns that are watched. Bridge:external_ids is not: ovn-controller
// writes there all the time. Columns that only newer versions of Open vSwitch have aren't
// either; a change of those alone is seen at the next resync.
type (
	bridgeRow struct {
		UUID    string  `ovsdb:"_uuid"`
		Name    string  `ovsdb:"name"`
		NetFlow *string `ovsdb:"netflow"`
		SFlow   *string `ovsdb:"sflow"`
		IPFIX   *string `ovsdb:"ipfix"`
	}
	netFlowRow struct {
		UUID          string   `ovsdb:"_uuid"`
		Targets       []string `ovsdb:"targets"`
		ActiveTimeout int      `ovsdb:"active_timeout"`
	}
	sFlowRow struct {
		UUID     string   `ovsdb:"_uuid"`
		Targets  []string `ovsdb:"targets"`
		Agent    *string  `ovsdb:"agent"`
		Sampling *int     `ovsdb:"sampling"`
		Polling  *int     `ovsdb:"polling"`
		Header   *int     `ovsdb:"header"`
	}
	ipfixRow struct {
		UUID               string   `ovsdb:"_uuid"`
		Targets            []string `ovsdb:"targets"`
		Sampling           *int     `ovsdb:"sampling"`
		CacheActiveTimeout *int     `ovsdb:"cache_active_timeout"`
		CacheMaxFlows      *int     `ovsdb:"cache_max_flows"`
		ObservationDomain  *int     `ovsdb:"obs_domain_id"`
	}
	collectorSetRow struct {
		UUID  string  `ovsdb:"_uuid"`
		ID    int     `ovsdb:"id"`
		IPFIX *string `ovsdb:"ipfix"`
	}
)

// Watch tells when something changed in Open vSwitch's database that an agent looks at.
type Watch struct {
	// Database is ovsdb-server's address.
	Database string
	Log      logr.Logger

	changes chan struct{}
}

// NewWatch makes a watch.
func NewWatch(database string, log logr.Logger) *Watch {
	return &Watch{Database: database, Log: log, changes: make(chan struct{}, 1)}
}

// Changes gets a value when something changed, and when the connection came or went.
func (w *Watch) Changes() <-chan struct{} { return w.changes }

func (w *Watch) changed() {
	select {
	case w.changes <- struct{}{}:
	default:
	}
}

// reconnectAfter is how long to wait before connecting anew.
const reconnectAfter = time.Second

// Run watches until ctx ends. A lost connection is made anew; what changed meanwhile is
// then told at once.
func (w *Watch) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if err := w.once(ctx); err != nil && ctx.Err() == nil {
			w.Log.V(1).Info("Open vSwitch's database is not watched", "reason", err.Error())
		}
		w.changed()
		timer.Reset(reconnectAfter)
	}
}

// once watches until the connection is lost.
func (w *Watch) once(ctx context.Context) error {
	tables, err := model.NewClientDBModel("Open_vSwitch", map[string]model.Model{
		"Bridge": &bridgeRow{}, "NetFlow": &netFlowRow{}, "sFlow": &sFlowRow{}, "IPFIX": &ipfixRow{},
		"Flow_Sample_Collector_Set": &collectorSetRow{},
	})
	if err != nil {
		return fmt.Errorf("describe tables: %w", err)
	}
	silent := logr.Discard() // it logs what this function returns
	c, err := client.NewOVSDBClient(tables, client.WithEndpoint(w.Database), client.WithLogger(&silent))
	if err != nil {
		return fmt.Errorf("prepare connection: %w", err)
	}
	connecting, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := c.Connect(connecting); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer c.Close()
	c.Cache().AddEventHandler(&cache.EventHandlerFuncs{
		AddFunc:    func(string, model.Model) { w.changed() },
		UpdateFunc: func(string, model.Model, model.Model) { w.changed() },
		DeleteFunc: func(string, model.Model) { w.changed() },
	})
	if _, err := c.MonitorAll(connecting); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	select {
	case <-ctx.Done():
		return nil
	case <-c.DisconnectNotify():
		return errors.New("the connection was lost")
	}
}
