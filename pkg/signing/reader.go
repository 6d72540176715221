package signing

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
)

// reader reads a consent's file into what a form says, and remembers the
// first thing that is wrong with it, in the sentences the node would say it in
// when it is recorded: nobody should sign what is refused afterwards.
type reader struct {
	members []client.Agency
	err     error
}

func (r *reader) refuse(err error) {
	if r.err == nil {
		r.err = err
	}
}

// spelled reads a word of a vocabulary that is called kind at the command line.
func spelled[T ~string](r *reader, parse func(string) (T, error), where, kind, text string) T {
	word, err := parse(text)
	if err != nil {
		key := fault.UnknownWord
		if text == "" {
			key = fault.MissingWord
		}
		r.refuse(fault.New(fault.Invalid, key, "where", where, "kind", kind).Because(err))
	}
	return word
}

func spelledAll[T ~string](r *reader, parse func(string) (T, error), where, kind string, texts []string) []T {
	list := make([]T, len(texts))
	for i, text := range texts {
		list[i] = spelled(r, parse, fmt.Sprintf("%s[%d]", where, i), kind, text)
	}
	return list
}

// agency finds a member by its name or id, as the node does, and says where it looked.
func (r *reader) agency(where, name string) client.Agency {
	if strings.TrimSpace(name) == "" {
		r.refuse(fault.New(fault.Invalid, fault.MissingAgency))
		return client.Agency{}
	}
	found, ok := only(r.members, func(a client.Agency) bool { return a.Name == name || string(a.ID) == name })
	if !ok {
		found, ok = only(r.members, func(a client.Agency) bool { return strings.EqualFold(a.Name, strings.TrimSpace(name)) })
	}
	if !ok {
		r.refuse(fault.New(fault.Invalid, fault.UnknownAgency, "where", where))
	}
	return found
}

// only is the one member of whom something is so.
func only(list []client.Agency, is func(client.Agency) bool) (client.Agency, bool) {
	found := slices.DeleteFunc(slices.Clone(list), func(a client.Agency) bool { return !is(a) })
	if len(found) != 1 {
		return client.Agency{}, false
	}
	return found[0], true
}

// form is what a form says of a consent that is about to be given now.
func (r *reader) form(in client.NewConsent, now time.Time) papers.Form {
	if in.Condition != string(posada.ServiceNotConditional) {
		r.refuse(ErrCondition)
	}
	days := in.Days
	if most := int(consent.MaxLife / (24 * time.Hour)); days < 0 || days > most {
		r.refuse(fault.New(fault.Invalid, fault.ConsentDays, "most", strconv.Itoa(most)))
	}
	if days == 0 {
		days = int(consent.DefaultLife / (24 * time.Hour))
	}
	r.unsaid(in)
	form := papers.Form{
		Withheld: posada.SetOf(spelledAll(r, posada.Parse[posada.Category], "withhold", "category", in.Withhold)...),
		Services: posada.SetOf(spelledAll(r, posada.Parse[posada.ServiceType], "services", "service", in.Services)...),
		Made:     now, Days: days,
		GivenBy:     spelled(r, posada.Parse[posada.GivenBy], "given_by", "given_by", in.GivenBy),
		Method:      spelled(r, posada.Parse[posada.ConsentMethod], "method", "method", in.Method),
		CoSigned:    posada.SetOf(spelledAll(r, posada.Parse[posada.CoSigner], "co_signed", "co_signed", in.CoSigned)...),
		Interpreter: in.Interpreter,
	}
	begin := now
	if !in.NotBefore.IsZero() {
		begin = in.NotBefore.Local()
		form.Begins = begin
	}
	var excluded []posada.AgencyID
	for i, name := range in.Exclude {
		a := r.agency(fmt.Sprintf("exclude[%d]", i), name)
		form.Excluded, excluded = append(form.Excluded, a.Name), append(excluded, a.ID)
	}
	lines := []consent.Allowance{}
	for _, a := range in.Allow {
		line, allowed := r.line(a)
		form.Lines, lines = append(form.Lines, line), append(lines, allowed)
	}
	record := consent.Record{
		Allowances: lines, Excluded: form.Withheld, ExcludedAgencies: excluded,
		Given: now, NotBefore: begin, Expires: begin.Add(time.Duration(days) * 24 * time.Hour),
	}
	form.Own = r.own(record)
	r.check(record)
	return form
}

// own reports whether it is kept in our own record, and not shared. Such a consent
// names us in its one line and nobody else; any other that names us is refused.
func (r *reader) own(record consent.Record) bool {
	var us posada.AgencyID
	for _, a := range r.members {
		if a.Self {
			us = a.ID
		}
	}
	others := slices.ContainsFunc(record.Allowances, func(a consent.Allowance) bool { return a.To != us })
	_, own := record.Own(us)
	switch {
	case own:
	case others && slices.ContainsFunc(record.Allowances, func(a consent.Allowance) bool { return a.To == us }):
		r.refuse(fault.New(fault.Invalid, fault.ConsentNamesOurselves))
	case !others && len(record.Allowances) > 0:
		r.refuse(fault.New(fault.Invalid, fault.TakeOverConsent))
	}
	return own
}

// unsaid reads what is recorded and does not stand on the form.
func (r *reader) unsaid(in client.NewConsent) {
	spelled(r, posada.Parse[posada.AgeBand], "age_band", "age_band", in.AgeBand)
	spelledAll(r, posada.Parse[posada.Informed], "informed", "informed", in.Informed)
	if in.Jurisdiction != "" || in.GivenBy == string(posada.GivenByMinorAlone) {
		spelled(r, posada.Parse[posada.Jurisdiction], "jurisdiction", "jurisdiction", in.Jurisdiction)
	}
	if in.Assent != "" {
		spelled(r, posada.Parse[posada.Assent], "assent", "assent", in.Assent)
	}
	if in.Conflict != "" {
		spelled(r, posada.Parse[posada.ConflictCheck], "conflict", "conflict", in.Conflict)
	}
	if len(in.Language) != len("spa") {
		r.refuse(fault.New(fault.Invalid, fault.ConsentLanguage))
	}
}

// line is one agency and purpose, as the form and as the record have it.
func (r *reader) line(in client.NewAllowance) (papers.FormLine, consent.Allowance) {
	to := r.agency("allow.to", in.To)
	line := papers.FormLine{
		To: to.Name, Purpose: spelled(r, posada.Parse[posada.Purpose], "allow.purpose", "purpose", in.Purpose), Once: in.OneUse(),
		Categories: posada.SetOf(spelledAll(r, posada.Parse[posada.Category], "allow.share", "category", in.Share)...),
	}
	allowed := consent.Allowance{To: to.ID, Purpose: line.Purpose, Categories: line.Categories}
	for i, name := range in.Onward {
		a := r.agency(fmt.Sprintf("allow.onward[%d]", i), name)
		if a.Class.Distrusted() {
			r.refuse(fault.New(fault.Invalid, fault.ConsentOnward))
		}
		line.Onward, allowed.Onward = append(line.Onward, a.Name), append(allowed.Onward, a.ID)
	}
	return line, allowed
}

// check refuses what contradicts itself. What only signing brings, a form, a
// history, is not there yet and is not asked for.
func (r *reader) check(record consent.Record) {
	err := record.Check()
	contradicts := []error{consent.ErrNobodyNamed, consent.ErrNothingShared, consent.ErrTimes, consent.ErrNamedTwice, consent.ErrBoth}
	found := slices.DeleteFunc(contradicts, func(is error) bool { return !errors.Is(err, is) })
	if len(found) > 0 {
		r.refuse(fault.New(fault.Invalid, fault.ConsentContradictsItself).Because(errors.Join(found...)))
	}
}
