package node

import (
	"context"

	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/cases"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/node/imports"
	"github.com/posada-exchange/posada/services/node/withdrawals"
)

// folders shows the gateway cases.
type folders struct{ *cases.Cases }

var _ gateway.Cases = folders{}

// Start opens a case.
func (f folders) Start(by handoff.Asker) (gateway.Folder, error) { return folder(f.Cases.Start(by)) }

// List is every case she is to know of, the newest first.
func (f folders) List(ctx context.Context, by handoff.Asker) ([]gateway.Folder, error) {
	part, err := f.Page(ctx, by, page.Asked{})
	return part.Rows, err
}

// Page is a part of that list.
func (f folders) Page(ctx context.Context, by handoff.Asker, a page.Asked) (page.Of[gateway.Folder], error) {
	part, err := f.Cases.Page(ctx, by, a)
	out := page.Of[gateway.Folder]{Next: part.Next}
	for _, l := range part.Rows {
		out.Rows = append(out.Rows, gateway.Folder(l))
	}
	return out, err
}

// Assign gives a case to somebody.
func (f folders) Assign(ctx context.Context, by handoff.Asker, label string, to handoff.Asker, instead bool) (gateway.Folder, error) {
	return folder(f.Cases.Assign(ctx, by, label, to, instead))
}

// Exclude sees to it that an agency never has anything of a case.
func (f folders) Exclude(ctx context.Context, by handoff.Asker, label string, agency posada.AgencyID) (gateway.Folder, error) {
	return folder(f.Cases.Exclude(ctx, by, label, agency))
}

// Paper records that a paper came.
func (f folders) Paper(ctx context.Context, by handoff.Asker, label string, p handoff.Paper) (gateway.Folder, error) {
	return folder(f.Cases.Paper(ctx, by, label, p))
}

// Told records that the person was told.
func (f folders) Told(ctx context.Context, by handoff.Asker, label string, lifted posada.StaffID) (gateway.Folder, error) {
	return folder(f.Cases.Told(ctx, by, label, lifted))
}

// erasures shows the gateway what becomes of what is taken back or destroyed.
type erasures struct{ *withdrawals.Withdrawals }

var _ gateway.Withdrawals = erasures{}

// EraseCase takes back all that was shared of a case and destroys what is here.
func (e erasures) EraseCase(ctx context.Context, by handoff.Asker, label string) (gateway.Erasure, error) {
	done, err := e.Withdrawals.EraseCase(ctx, by, label)
	return gateway.Erasure(done), err
}

// OfCase takes back what was shared of a case.
func (e erasures) OfCase(ctx context.Context, by handoff.Asker, label string, from posada.AgencyID, askCounsel bool) (gateway.Taken, error) {
	taken, err := e.Withdrawals.OfCase(ctx, by, label, from, askCounsel)
	return gateway.Taken(taken), err
}

// OfReferral takes back what came in with a referral, or was sent with it.
func (e erasures) OfReferral(ctx context.Context, by handoff.Asker, id posada.ReferralID) (gateway.Taken, error) {
	taken, err := e.Withdrawals.OfReferral(ctx, by, id)
	return gateway.Taken(taken), err
}

// brought shows the gateway imports.
type brought struct{ *imports.Imports }

var _ gateway.Imports = brought{}

// Begin begins an import.
func (b brought) Begin(by handoff.Asker, mapping, digest string, rows int) (gateway.Import, error) {
	i, err := b.Imports.Begin(by, mapping, digest, rows)
	return gateway.Import(i), err
}

// Page is a part of every import she began.
func (b brought) Page(by handoff.Asker, a page.Asked) (page.Of[gateway.Import], error) {
	part, err := b.Imports.Page(by, a)
	out := page.Of[gateway.Import]{Next: part.Next}
	for _, i := range part.Rows {
		out.Rows = append(out.Rows, gateway.Import(i))
	}
	return out, err
}

// End ends an import.
func (b brought) End(by handoff.Asker, id posada.ImportID) (gateway.Import, error) {
	i, err := b.Imports.End(by, id)
	return gateway.Import(i), err
}

// Bring brings rows in.
func (b brought) Bring(ctx context.Context, by handoff.Asker, id posada.ImportID, in gateway.ImportBatch) (gateway.Import, []gateway.ImportDone, error) {
	batch := imports.Batch{After: in.After, Through: in.Through, Refused: in.Refused}
	for _, r := range in.Rows {
		batch.Rows = append(batch.Rows, imports.Row(r))
	}
	i, done, err := b.Imports.Bring(ctx, by, id, batch)
	out := make([]gateway.ImportDone, len(done))
	for n, d := range done {
		out[n] = gateway.ImportDone(d)
	}
	return gateway.Import(i), out, err
}

func folder(l cases.Listed, err error) (gateway.Folder, error) { return gateway.Folder(l), err }
