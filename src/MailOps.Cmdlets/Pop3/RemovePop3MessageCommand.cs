using System.Globalization;
using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Pop3;

/// <summary>Deletes messages of a POP3 mailbox, by their unique ids or their age. They cannot be brought back.</summary>
/// <para>All of one mailbox are deleted in one session, together at its end: when it breaks before, none is. Messages that come from the pipeline are collected.
/// A unique id that is not in the mailbox is an error, and the others are deleted. Copies that have the same unique id (RFC 1939 section 7) are
/// deleted as often as the id is given, from the first.</para>
/// <para>Age is by when the server received a message, which the topmost Received field tells, else by its Date field. POP3 has no other date. A message with neither stays, with a warning.</para>
/// <example><code>Get-Pop3Message pop.example.com -Credential $john -HeadersOnly | Where-Object Subject -Like '*newsletter*' | Remove-Pop3Message pop.example.com -Credential $john</code><para>Deletes what was chosen by its header, and asks before.</para></example>
/// <example><code>$session | Remove-Pop3Message -Before (Get-Date).AddDays(-90) -Confirm:$false</code><para>Deletes what came more than 90 days ago.</para></example>
/// <example><code>Remove-Pop3Message pop.example.com -Credential $john -Uidl 0000000a5f0e2c11 -WhatIf</code><para>Shows what would be deleted.</para></example>
[Cmdlet(VerbsCommon.Remove, "Pop3Message", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemovePop3MessageCommand : Pop3Cmdlet
{
    private readonly List<string> _waiting = [];
    private Pop3Place? _place;

    /// <summary>The unique ids of the messages, from Get-Pop3Message or Save-Pop3Message.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Uidl { get; set; }

    /// <summary>Messages that arrived earlier; with Uidl, of those alone.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Uidl is null && Before is null)
        {
            WriteError(ErrorRecords.Finding("InvalidArgument", ErrorCategory.InvalidArgument, "No message is named: give -Uidl, or -Before. A message of a server without unique ids can be deleted in the session in which it is read: Get-Pop3Message -Delete.", targetObject: null));
            return;
        }

        if (Place() is not [var place])
            return;
        if (_place is not null && _place.Account != place.Account)
            Remove();
        _place = place;
        _waiting.AddRange(Uidl ?? []);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Remove();
        base.EndProcessing();
    }

    private void Remove()
    {
        if (_place is not { } place)
            return;
        var wanted = _waiting.Count == 0 ? null : _waiting.ToArray();
        _waiting.Clear();
        _place = null;
        Start([place], (at, cancel) => RemoveAsync(at, wanted, cancel));
    }

    private async Task RemoveAsync(Pop3Place at, string[]? wanted, CancellationToken cancel)
    {
        await using var mailbox = await OpenAsync(at, cancel).ConfigureAwait(false);
        var found = await mailbox.SelectAsync(wanted, state: null, cancel).ConfigureAwait(false);
        if (wanted is not null)
            found = await TakeAsync(found, wanted, at).ConfigureAwait(false);
        if (Before is { } limit)
        {
            var old = new List<Pop3Entry>();
            await foreach (var message in mailbox.ReadAsync(found, headersOnly: true, cancel).ConfigureAwait(false))
            {
                if ((message.Arrived ?? message.Date) is not { } time)
                    await WarningAsync(string.Create(CultureInfo.InvariantCulture, $"Message {message.Number} of {at} has no date, and stays.")).ConfigureAwait(false);
                else if (time < limit)
                    old.Add(new Pop3Entry(message.Number, message.Size, message.Uidl));
            }

            found = old;
        }

        foreach (var entry in found)
        {
            if (await ShouldProcessAsync(NameOf(entry, at), "Delete").ConfigureAwait(false))
                mailbox.Delete(entry.Number);
        }

        await TellAsync(await mailbox.CommitAsync(cancel).ConfigureAwait(false)).ConfigureAwait(false);
    }

    // Each id stands for as many copies as it was given.
    private async Task<IReadOnlyList<Pop3Entry>> TakeAsync(IReadOnlyList<Pop3Entry> found, string[] wanted, Pop3Place at)
    {
        var left = wanted.CountBy(uidl => uidl, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var taken = found.Where(entry => left[entry.Uidl!]-- > 0).ToList();
        foreach (var missing in wanted.Distinct(StringComparer.Ordinal).Where(uidl => !taken.Exists(entry => entry.Uidl == uidl)))
            await ErrorAsync("MessageNotFound", ErrorCategory.ObjectNotFound, $"There is no message with the unique id {missing} for {at}. It was deleted, or the server gives its messages other ids now.", missing).ConfigureAwait(false);
        return taken;
    }
}
