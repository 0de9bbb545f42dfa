using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Sessions;

/// <summary>Logs in to an account of an IMAP or POP3 server, once for many cmdlets: they take the session with -Session, or from the pipeline.</summary>
/// <para>Over IMAP a connection stays logged in between cmdlets and is opened again where the server has closed it. Over POP3 each cmdlet logs in anew, since an open connection keeps the mailbox from others.</para>
/// <para>The session ends with Remove-MailSession, with the module, or with the process. A certificate that is not trusted is an error that says why; SkipCertificateCheck makes it a warning.</para>
/// <example><code>$session = New-MailSession imap.example.com -Credential john@example.com&#10;$session | Get-ImapFolder&#10;$session | Get-ImapMessage -Folder Archive -First 10&#10;$session | Remove-MailSession</code><para>Logs in once, lists the folders and reads messages.</para></example>
/// <example><code>$session = Start-MailServer ./store -Capture -ImapPort 0 | New-MailSession -Credential $john -SkipCertificateCheck</code><para>Logs in to a server of this process.</para></example>
/// <example><code>$session = New-MailSession outlook.office365.com -UserName joe@example.com -AccessToken { (Get-MsalToken @application).AccessToken }&#10;$session | Watch-ImapFolder INBOX | ForEach-Object Subject</code><para>Logs in with an access token of OAuth, which the script renews each time the server takes the old one no more.</para></example>
/// <example><code>New-MailSession mail.example.com -Credential $john -CertificatePin sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=</code><para>Logs in to a server whose certificate is known by its key, whoever made it. The error for a certificate that is not trusted shows the pin to take.</para></example>
/// <example><code>$session = New-MailSession pop.example.com -Protocol Pop3 -Credential $john</code><para>Keeps how to log in to a POP3 server, and tries it.</para></example>
[Cmdlet(VerbsCommon.New, "MailSession", DefaultParameterSetName = CredentialSet)]
[OutputType(typeof(MailSession))]
public sealed class NewMailSessionCommand : MailboxCmdlet
{
    /// <summary>Imap, unless given, or Pop3.</summary>
    [Parameter]
    [ValidateSet("Imap", "Pop3")]
    public string Protocol { get; set; } = "Imap";

    /// <summary>The port: 993 or 143 for IMAP, 995 or 110 for POP3, as Tls is, unless given or found among Endpoints.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidatePort]
    public int? Port { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var options = Protocol.Equals("Imap", StringComparison.OrdinalIgnoreCase)
            ? OptionsFor(MailProtocol.Imap, Port, plain: 143, underTls: 993)
            : OptionsFor(MailProtocol.Pop3, Port, plain: 110, underTls: 995);
        if (options is null)
            return;
        var session = new MailSession(Enum.Parse<MailProtocol>(Protocol, ignoreCase: true), options, TimeProvider.System);
        Start([NameOf(options)], async (_, cancel) =>
        {
            var isKept = false;
            try
            {
                await session.ConnectAsync(cancel).ConfigureAwait(false);
                await WarnAsync(session.CertificateProblem).ConfigureAwait(false);
                isKept = await OnPipelineAsync(() =>
                {
                    OpenSessions.Add(session);
                    return true;
                }).ConfigureAwait(false);
            }
            finally
            {
                // Ctrl+C, or a warning that stops: nobody has it.
                if (!isKept)
                    await session.DisposeAsync().ConfigureAwait(false);
            }

            await OutputAsync(session).ConfigureAwait(false);
        });
    }
}
