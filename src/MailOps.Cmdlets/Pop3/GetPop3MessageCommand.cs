using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Pop3;

/// <summary>Reads messages over POP3, one after the other as they come.</summary>
/// <para>With Delete, each message that was written is marked, and all marks are carried out together when the pipeline
/// has taken the last one. A pipeline that stops early, by Select-Object -First, Ctrl+C or an error, deletes nothing: use First to delete some.</para>
/// <para>The MIME structure of a message is parsed when its Message property is first asked for. A certificate that is
/// not trusted is an error that says why; SkipCertificateCheck makes it a warning.</para>
/// <example><code>Get-Pop3Message pop.example.com -Credential john@example.com -HeadersOnly</code><para>Lists what is in the mailbox.</para></example>
/// <example><code>Get-Pop3Message pop.example.com -Credential $john -First 10 -Delete | ForEach-Object { [IO.File]::WriteAllBytes("$($_.Uidl).eml", $_.Raw) }</code><para>Saves ten messages as files and deletes them from the server once all ten are saved.</para></example>
/// <example><code>$server | Get-Pop3Message -Credential $john -SkipCertificateCheck | ForEach-Object { $_.Message.TextBody }</code><para>Reads the text of each message from a server started with Start-MailServer, whose certificate is its own.</para></example>
/// <example><code>Get-Pop3Message pop.example.com -AuthMechanism XOAUTH2 -Credential ([pscredential]::new('joe@example.com', $token))</code><para>Logs in with an OAuth access token, a SecureString in the place of the password.</para></example>
[Cmdlet(VerbsCommon.Get, "Pop3Message", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true)]
[OutputType(typeof(Pop3Message))]
public sealed class GetPop3MessageCommand : SessionMailboxCmdlet
{
    /// <summary>The port: 995, or 110 if Tls is StartTls or None, unless given or found among Endpoints.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Pop3Port")]
    [ValidatePort]
    public int? Port { get; set; }

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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Session is { } session)
            Start([session], (used, cancel) => ReadAsync(used.ToString(), used.OpenPop3Async, cancel));
        else if (OptionsFor(MailProtocol.Pop3, Port, plain: 110, underTls: 995) is { } options)
            Start([NameOf(options)], (mailbox, cancel) => ReadAsync(mailbox, c => Pop3Mailbox.OpenAsync(options, TimeProvider.System, c), cancel));
    }

    private async Task ReadAsync(string name, Func<CancellationToken, Task<Pop3Mailbox>> open, CancellationToken cancel)
    {
        var mailbox = await open(cancel).ConfigureAwait(false);
        await using (mailbox.ConfigureAwait(false))
        {
            await WarnAsync(Session is null ? mailbox.CertificateProblem : null).ConfigureAwait(false);
            await VerboseAsync($"{mailbox.Count} messages for {name}, logged in{(mailbox.AuthMechanism is { } mechanism ? $" with {mechanism}" : "")}.").ConfigureAwait(false);

            await foreach (var message in mailbox.ReadAsync(Uidl, HeadersOnly, First, cancel).ConfigureAwait(false))
            {
                await OutputAsync(message).ConfigureAwait(false);
                // Asked on the pipeline thread, so only after the pipeline has taken the message.
                if (Delete && await ShouldProcessAsync($"Message {message.Number} ({message.Subject}) of {name}", "Delete").ConfigureAwait(false))
                    await mailbox.DeleteAsync(message, cancel).ConfigureAwait(false);
            }

            await mailbox.CommitAsync(cancel).ConfigureAwait(false);
        }
    }
}
