using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Seen;

namespace MailOps.Cmdlets.Pop3;

/// <summary>Reads messages over POP3, one after the other as they come.</summary>
/// <para>With Delete, each message that was written is marked, and all marks are carried out together when the pipeline
/// has taken the last one. A pipeline that stops early, by Select-Object -First, Ctrl+C or an error, deletes nothing: use First to delete some.</para>
/// <para>With StatePath only new messages are read. What the mailbox does not have any more is forgotten, so the file does not grow for ever; copies that have
/// the same unique id count each. A server without unique ids is an error then, and a file that another command works with for the same account is StateInUse.</para>
/// <para>The MIME structure of a message is parsed when its Message property is first asked for. A certificate that is
/// not trusted is an error that says why; SkipCertificateCheck makes it a warning.</para>
/// <example><code>Get-Pop3Message pop.example.com -Credential john@example.com -HeadersOnly</code><para>Lists what is in the mailbox.</para></example>
/// <example><code>Get-Pop3Message pop.example.com -Credential $john -First 10 -Delete | ForEach-Object { [IO.File]::WriteAllBytes("$($_.Uidl).eml", $_.Raw) }</code><para>Saves ten messages as files and deletes them from the server once all ten are saved.</para></example>
/// <example><code>Get-Pop3Message pop.example.com -Credential $john -StatePath ./seen.pop3 | ForEach-Object { "$($_.From): $($_.Subject)" }</code><para>Tells of what came since the last time, and leaves it on the server.</para></example>
/// <example><code>$server | Get-Pop3Message -Credential $john -SkipCertificateCheck | ForEach-Object { $_.Message.TextBody }</code><para>Reads the text of each message from a server started with Start-MailServer, whose certificate is its own.</para></example>
/// <example><code>Get-Pop3Message pop.example.com -AuthMechanism XOAUTH2 -Credential ([pscredential]::new('joe@example.com', $token))</code><para>Logs in with an OAuth access token, a SecureString in the place of the password.</para></example>
[Cmdlet(VerbsCommon.Get, "Pop3Message", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true)]
[OutputType(typeof(Pop3Message))]
public sealed class GetPop3MessageCommand : Pop3Cmdlet
{
    /// <summary>The unique ids of the messages wanted; all unless given. Ids that are not in the mailbox are passed over.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Uidl { get; set; }

    /// <summary>How many messages to read at the most, from the oldest.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <summary>True to delete the messages that were written, once the pipeline has taken all of them.</summary>
    [Parameter]
    public SwitchParameter Delete { get; set; }

    /// <summary>True to read headers only: quick, and the messages' Raw is then null.</summary>
    [Parameter]
    public SwitchParameter HeadersOnly { get; set; }

    /// <summary>A file that remembers which messages were written before, by their unique ids: only new ones are read. A message is remembered once the pipeline has taken it. The file is made if it is not there; accounts and Save-Pop3Message may share it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StatePath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var path = StatePath is null ? null : GetUnresolvedProviderPathFromPSPath(StatePath);
        Start(Place(), (at, cancel) => ReadAsync(at, path, cancel));
    }

    private async Task ReadAsync(Pop3Place at, string? statePath, CancellationToken cancel)
    {
        await using var state = await OpenStateAsync(statePath, at, cancel).ConfigureAwait(false);
        await using var mailbox = await OpenAsync(at, cancel).ConfigureAwait(false);
        var entries = (await mailbox.SelectAsync(Uidl, state, cancel).ConfigureAwait(false)).Take(First ?? int.MaxValue).ToDictionary(entry => entry.Number);
        var deleted = new HashSet<int>();
        await foreach (var message in mailbox.ReadAsync([.. entries.Values], HeadersOnly, cancel).ConfigureAwait(false))
        {
            await OutputAsync(message).ConfigureAwait(false);
            // Asked on the pipeline thread, so only after the pipeline has taken the message.
            var isDeleted = await OnPipelineAsync(() => Delete && ShouldProcess($"Message {message.Number} ({message.Subject}) of {at}", "Delete")).ConfigureAwait(false);
            if (state is not null)
                await state.NoteAsync(entries[message.Number], message.Raw, cancel).ConfigureAwait(false);
            if (!isDeleted)
                continue;
            deleted.Add(message.Number);
            mailbox.Delete(message.Number);
        }

        var refused = await mailbox.CommitAsync(cancel).ConfigureAwait(false);
        await TellAsync(refused).ConfigureAwait(false);
        if (state is not null)
            await state.SettleAsync(deleted.Where(number => !refused.ContainsKey(number)).ToHashSet(), cancel).ConfigureAwait(false);
    }
}
