package node

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/registry"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/book"
	"github.com/posada-exchange/posada/services/node/cases"
	"github.com/posada-exchange/posada/services/node/consents"
	"github.com/posada-exchange/posada/services/node/decisions"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/node/idempotency"
	"github.com/posada-exchange/posada/services/node/imports"
	"github.com/posada-exchange/posada/services/node/keys"
	"github.com/posada-exchange/posada/services/node/members"
	"github.com/posada-exchange/posada/services/node/motions"
	"github.com/posada-exchange/posada/services/node/needs"
	"github.com/posada-exchange/posada/services/node/nudges"
	"github.com/posada-exchange/posada/services/node/places"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/node/records"
	"github.com/posada-exchange/posada/services/node/referrals"
	"github.com/posada-exchange/posada/services/node/staff"
	"github.com/posada-exchange/posada/services/node/stewards"
	"github.com/posada-exchange/posada/services/node/webhooks"
	"github.com/posada-exchange/posada/services/node/withdrawals"
)

// units is the node's units, wired.
type units struct {
	keys      *keys.Keys
	clock     *trust.Clock
	stewards  *stewards.Stewards
	decisions *decisions.Decisions
	line      *broker.Line
	bus       *post.Bus
	members   *members.Members
	post      *post.Post
	book      *book.Book
	referrals *referrals.Referrals
	records   *records.Records
	imports   *imports.Imports
	needs     *needs.Needs
	places    *places.Places
	back      *withdrawals.Withdrawals
	nudges    *nudges.Nudges
	webhooks  *webhooks.Webhooks
	motions   *motions.Motions
	gateway   *gateway.Gateway
	asked     *idempotency.Keys
	wired     atomic.Bool   // all of them are made
	sing      chan struct{} // the canary is to sing now
	erase     chan struct{} // what was given up is to be destroyed now

	current *roster.Current // the members, as they count now
	rules   *pdp.Current
}

// ErrOtherNetwork says that this node's keys were made for another network than
// the one it is told to join.
var ErrOtherNetwork = errors.New("this node's keys were made for another network")

// units makes the node's units and wires them.
func (n *Node) units(ctx context.Context, v *vault.Vault) (u *units, err error) {
	u = &units{sing: make(chan struct{}, 1), erase: make(chan struct{}, 1)}
	if err := n.reach(ctx, u, v); err != nil {
		return u, err
	}
	zone, err := n.config.Location()
	if err != nil {
		return u, err
	}
	p, me, now := n.parts, u.keys.Member(), u.clock.About
	u.bus = post.NewBus(u.line, p.Anchor.Network, func() jose.PublicKey { return u.current.Get().Hub().Receipt }, u.stewards.Told)
	hub := post.Hub(u.bus)
	if p.Hub != nil {
		hub = p.Hub(hub)
	}
	u.members, err = members.New(members.Config{
		Agency: me.ID, Vault: v, Registry: registry.New(u.line), Own: u.keys, Base: u.stewards.Base(), Current: u.current, Trusted: u.stewards.Trusted,
		Now: now, Log: p.Log, Every: n.config.Sync, Connect: func(ctx context.Context) { n.connect(ctx, u) }, Changed: func() { u.post.Reachable() },
	})
	if err != nil {
		return u, err
	}
	u.post = post.New(post.Config{
		Agency: me.ID, Mailbox: me.Mailbox, Keys: u.keys, Vault: v, Hub: hub, Members: u.current, Network: u.stewards, Again: u.keys.Again(),
		Now: now, Random: p.Random, Log: p.Log, Poll: n.config.Poll, Step: p.Step, Refresh: u.members.Refresh, Less: func() { run.Poke(u.erase) },
		Count: n.admin.Counters("post_total", "Envelopes and statements, by what became of them."),
	})
	if err := errors.Join(n.listing(ctx, u, v), n.moving(ctx, u, v), u.remember(v)); err != nil {
		return u, err
	}
	filed := cases.New(cases.Config{Agency: me.ID, Vault: v, Members: u.current, Policy: u.rules, Now: now, Zone: zone, Random: p.Random, Changed: u.reviewed, Listed: func(id posada.AgencyID) bool { return u.book.Known().Telephoned(id) }})
	agreed := consents.New(consents.Config{
		Agency: me.ID, Keys: u.keys, Vault: v, Cases: filed, Members: u.current, Listed: u.book.Class, Now: now, Random: p.Random,
		Stretch: p.Stretch, Changed: u.post.Review,
		Ended:   func(tx *vault.Tx, of handoff.Case) error { return u.records.Review(tx, of) },
		Renewed: u.renewed,
	})
	n.asking(u, v, filed, agreed)
	u.referrals = referrals.New(referrals.Config{
		Agency: me.ID, Vault: v, Members: u.current, Policy: u.rules, Decide: u.decisions, Cases: filed, Consents: agreed, Post: u.post, Now: now, Random: p.Random,
		Excluded: func(tx *vault.Tx, from posada.AgencyID, alias posada.Alias, agency posada.AgencyID) (bool, error) {
			return u.records.Excludes(tx, from, alias, agency)
		},
		Held: u.needs.Held, Listed: u.book.Class,
	})
	u.records = records.New(records.Config{
		Agency: me.ID, Vault: v, Members: u.current, Policy: u.rules, Decide: u.decisions, Cases: filed, Consents: agreed, Referrals: u.referrals,
		Staleness: u.post.Staleness, Now: now, Random: p.Random,
	})
	who := people{staff.New(v, p.Random, now), zone}
	n.nudging(u, v, who)
	u.back = withdrawals.New(withdrawals.Config{
		Agency: me.ID, Vault: v, Members: u.current, Cases: filed, Consents: agreed, Referrals: u.referrals, Records: u.records, Needs: u.needs, Post: u.post,
		Now: now, Random: p.Random, Stretch: p.Stretch, Destroy: func() error { return u.destroy(v) },
	})
	u.register()
	n.answering(u, v, who, filed, agreed)
	u.wired.Store(true)
	return u, nil
}

// answering makes what answers the API.
func (n *Node) answering(u *units, v *vault.Vault, who people, filed *cases.Cases, agreed *consents.Consents) {
	u.imports = imports.New(imports.Config{Vault: v, Cases: filed, Records: u.records, Now: u.clock.About, Random: n.parts.Random})
	network := known{anchor: n.parts.Anchor, hub: n.config.Hub, stewards: u.stewards, members: u.members, book: u.book}
	u.gateway = gateway.New(gateway.Config{
		Agency: u.keys.Member().ID, Members: u.current, Known: u.book.Known, Book: u.book, Policy: u.rules,
		Staff: who, Cases: folders{filed}, Consents: agreed, Referrals: u.referrals, Records: u.records, Imports: brought{u.imports}, Withdrawals: erasures{u.back}, Needs: u.needs, Places: u.places, Decisions: u.decisions, Motions: u.motions, Webhooks: u.webhooks,
		Health: &health{vault: v, post: u.post, line: u.line, now: u.clock.About}, Log: n.parts.Log,
		Network: network, Past: network, Secret: secretOf(v), Idempotency: stepped{u.asked, n.parts.Step},
	})
}

// secretOf is a key that this vault alone has, for what the API hands out to be handed back.
func secretOf(v *vault.Vault) (secret [32]byte) {
	for i, part := range []string{"first", "second"} {
		half := v.Pseudonym("what the API hands out", part)
		copy(secret[16*i:], half[:])
	}
	return secret
}

// listing makes the directory: what was opened last of what stewards signed, or the files.
func (n *Node) listing(ctx context.Context, u *units, v *vault.Vault) (err error) {
	p, names := n.parts, map[posada.AgencyID]string{}
	for _, l := range p.Directory {
		names[l.ID] = l.Name
	}
	u.book, err = book.New(book.Config{
		Agency: u.keys.Member().ID, Network: p.Anchor.Network, Vault: v, Members: u.current, File: directory.Named(names, p.Book), Post: u.post,
		Signed: func() (trust.Edition, []byte, error) { return u.stewards.Directory(ctx) }, Counts: u.stewards.Counts, Now: u.clock.About, Random: p.Random, Log: p.Log,
	})
	return err
}

// remember finds out which requests with a key were carried out, before any other is.
func (u *units) remember(v *vault.Vault) (err error) {
	u.asked, err = idempotency.Open(v, u.clock.About)
	return err
}

// moving makes what carries motions from steward to steward.
func (n *Node) moving(ctx context.Context, u *units, v *vault.Vault) (err error) {
	u.motions, err = motions.New(ctx, motions.Config{
		Agency: u.keys.Member().ID, Vault: v, Members: u.current, InForce: u.stewards.InForce, Post: u.post, Now: u.clock.About, Random: n.parts.Random,
		Stewards: func() []trust.Steward { return u.stewards.Knowledge().View.Stewards },
	})
	return err
}

// reviewed looks through what waits, and what was offered, again: something may permit less.
func (u *units) reviewed() {
	u.post.Review()
	run.Poke(u.erase)
}

// asking makes the two units that ask for places and answer for them.
func (n *Node) asking(u *units, v *vault.Vault, filed *cases.Cases, agreed *consents.Consents) {
	me, now, random := u.keys.Member().ID, u.clock.About, n.parts.Random
	u.needs = needs.New(needs.Config{
		Agency: me, Vault: v, Members: u.current, Policy: u.rules, Decide: u.decisions, Cases: filed, Consents: agreed, Post: u.post, Now: now, Random: random,
	})
	u.places = places.New(places.Config{Agency: me, Vault: v, Members: u.current, Policy: u.rules, Decide: u.decisions, Post: u.post, Now: now, Random: random})
}

// nudging makes what tells people that something waits, and programs outside that it came.
func (n *Node) nudging(u *units, v *vault.Vault, who people) {
	u.webhooks = webhooks.New(webhooks.Config{
		Vault: v, Seen: seen{u}, Who: who.working, Loopback: n.config.WebhookLoopback, Now: u.clock.About, Random: n.parts.Random, Log: n.parts.Log,
	})
	u.nudges = nudges.New(nudges.Config{
		Vault: v, Waiting: []func() (int, error){u.places.Waiting, u.referrals.Waiting, u.needs.Waiting, u.referrals.AskedSoon, u.webhooks.JustOff}, OnCall: who.onNow,
		Program: n.config.Nudge, After: n.config.NudgeAfter, Now: u.clock.About, Log: n.parts.Log,
	})
}

// register gives each type of statement the unit that sends it and the one that takes it in.
func (u *units) register() {
	for _, t := range []event.Type{event.TypeReferral, event.TypeMark, event.TypeShredded, event.TypeQuestion, event.TypeAnswer} {
		u.post.Register(t, u.referrals)
	}
	u.post.Register(event.TypeWithdrawal, u.back)
	u.post.Register(event.TypeDirectory, u.book)
	u.post.Register(event.TypeMotion, u.motions)
	for _, t := range []event.Type{event.TypeNeed, event.TypeChosen, event.TypeClosed} {
		u.post.Register(t, sides{sends: u.needs, takes: u.places})
	}
	u.post.Register(event.TypeReply, sides{sends: u.places, takes: u.needs})
}

// renewed lets what this agency keeps of its own go on under a consent that renews
// another.
func (u *units) renewed(ctx context.Context, tx *vault.Tx, by posada.StaffID, of handoff.Case, r consent.Record) error {
	return u.records.Renewed(ctx, tx, by, of, r)
}

// reach makes what finds the network: this agency's keys, the clock, the line
// to the hub, and what the stewards decided.
func (n *Node) reach(ctx context.Context, u *units, v *vault.Vault) (err error) {
	p := n.parts
	if u.keys, err = keys.New(v, p.Random); err != nil {
		return err
	}
	if u.keys.Network() != p.Anchor.Network {
		return ErrOtherNetwork
	}
	kept, err := stewards.ReadClock(v)
	if err != nil {
		return err
	}
	u.clock = trust.NewClock(p.Clock, p.Ticks, kept)
	nobody, err := p.Anchor.Roster()
	if err != nil {
		return err
	}
	u.current, u.rules = roster.NewCurrent(nobody), pdp.NewCurrent(p.Policy)
	if u.decisions, err = decisions.New(ctx, decisions.Config{
		Vault: v, Policy: u.rules, Waiting: func() (trust.Edition, []byte) { return u.stewards.Waiting() },
		Changed: func() { u.narrowed() }, Now: u.clock.About, Log: p.Log,
	}); err != nil {
		return err
	}
	// By the machine's clock while the time is disputed: to connect decides
	// nothing, and it is the hub's answer that settles the dispute.
	connection, err := u.keys.Connection(u.clock.Reference())
	if err != nil {
		return err
	}
	if u.line, err = broker.NewLine(broker.Dialing{
		URL: n.config.Hub, Pins: func() []roster.Pin { return u.current.Get().Hub().Pins }, Agency: u.keys.Member().ID,
		Seed: connection.Seed, Statement: connection.Statement, Changed: u.reconnected,
	}); err != nil {
		return err
	}
	decides := stewards.Registry(registry.New(u.line))
	if p.Registry != nil {
		decides = p.Registry(decides)
	}
	u.stewards, err = stewards.New(ctx, stewards.Config{
		Agency: u.keys.Member().ID, Vault: v, Anchor: p.Anchor, Registry: decides, Clock: u.clock, Ticks: p.Ticks,
		Policy: u.rules, Prepare: p.Prepare, Every: n.config.Sync, Log: p.Log, Changed: func(base *roster.Roster) { u.decided(base, p.Log) },
	})
	return err
}

// decided goes over to what stewards decided: whom to know, what to send, and
// what may still be sent.
func (u *units) decided(base *roster.Roster, log obs.Log) {
	u.members.Rebase(base)
	run.Poke(u.sing)
	if err := u.book.Decided(); err != nil {
		log.Alarm("what stewards decided could not be done of the directory; it will be when they decide again, or at the next start", obs.Reason(err, vault.ErrClosed, vault.ErrDamaged))
	}
	if err := u.motions.Decided(context.Background()); err != nil {
		log.Alarm("what stewards are asked to sign could not be held against what they decided; it will be when they decide again", obs.Reason(err, vault.ErrClosed, vault.ErrDamaged))
	}
	u.post.Decided()
	u.bus.Ring()
}

// narrowed decides again on what waits, here and of others, under another policy of the
// agency's own, and lets the canary sing.
func (u *units) narrowed() {
	run.Poke(u.sing)
	u.post.Decided()
}

// reconnected asks for keys and for mail when the hub is there again. The first
// time may be before the units are made; they ask at their start.
func (u *units) reconnected(connected bool) {
	if connected && u.wired.Load() {
		u.post.Returned()
		u.stewards.Wake()
		u.members.Wake()
		u.bus.Ring()
	}
}

// connect goes over to the key that is to be connected with now.
func (n *Node) connect(ctx context.Context, u *units) {
	connection, err := u.keys.Connection(u.clock.Reference())
	if err == nil {
		err = u.line.Rekey(ctx, connection.Seed, connection.Statement)
	}
	if err != nil {
		n.parts.Log.Alarm("the key to connect with could not be turned over; it will be tried again", obs.Reason(err, keys.ErrNoKey, broker.ErrUnreachable))
	}
}

// destroy destroys what was given up, and says so to whoever shared it.
func (u *units) destroy(v *vault.Vault) error {
	err := u.referrals.LetGo()
	if err == nil {
		_, err = v.Sweep()
	}
	return errors.Join(err, u.referrals.Confirm())
}

// sweep lets go of what is over at a trusted time.
func (u *units) sweep(now time.Time) error {
	_, err := u.keys.Destroy(now)
	return errors.Join(err, u.post.Sweep(), u.referrals.Sweep(), u.records.Sweep(), u.needs.Sweep(), u.places.Sweep(), u.decisions.Sweep(), u.webhooks.Sweep())
}
