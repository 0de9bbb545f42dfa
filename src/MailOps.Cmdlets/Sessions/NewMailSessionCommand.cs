using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Sessions;

/// <summary>Logs in to an account of an IMAP, POP3 or SMTP server, once for many cmdlets: they take the session with -Session, or from the pipeline.</summary>
/// <para>Over IMAP and SMTP a connection stays logged in between cmdlets and is opened again where the server has closed it. Over POP3 each cmdlet logs in anew, since an open connection keeps the mailbox from others.</para>
/// <para>The session ends with Remove-MailSession, with the module, or with the process. A certificate that is not trusted is an error that says why; SkipCertificateCheck makes it a warning.</para>
/// <example><code>$session = New-MailSession imap.example.com -Credential john@example.com&#10;$session | Get-ImapFolder&#10;$session | Get-ImapMessage -Folder Archive -First 10&#10;$session | Remove-MailSession</code><para>Logs in once, lists the folders and reads messages.</para></example>
/// <example><code>$session = Start-MailServer ./store -Capture -ImapPort 0 | New-MailSession -Credential $john -SkipCertificateCheck</code><para>Logs in to a server of this process.</para></example>
/// <example><code>$session = New-MailSession outlook.office365.com -UserName joe@example.com -AccessToken { (Get-MsalToken @application).AccessToken }&#10;$session | Watch-ImapFolder INBOX | ForEach-Object Subject</code><para>Logs in with an access token of OAuth, which the script renews each time the server takes the old one no more.</para></example>
/// <example><code>New-MailSession mail.example.com -Credential $john -CertificatePin sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=</code><para>Logs in to a server whose certificate is known by its key, whoever made it. The error for a certificate that is not trusted shows the pin to take.</para></example>
/// <example><code>$session = New-MailSession pop.example.com -Protocol Pop3 -Credential $john</code><para>Keeps how to log in to a POP3 server, and tries it.</para></example>
/// <example><code>$session = New-MailSession smtp.example.com -Protocol Smtp -Credential $john&#10;$messages | Send-MimeMessage -Session $session</code><para>Sends any number of messages over a connection that is logged in once.</para></example>
/// <example><code>$session = New-MailSession imap.example.com -Credential $admin -AuthorizationId ann@example.com</code><para>Opens the mailbox of ann by the login of an administrator, whom the server lets act as others.</para></example>
/// <example><code>$relay = New-MailSession 127.0.0.1 -Protocol Smtp -Port 25 -Tls None</code><para>A session with a relay that wants neither login nor TLS.</para></example>
[Cmdlet(VerbsCommon.New, "MailSession", DefaultParameterSetName = CredentialSet)]
[OutputType(typeof(MailSession))]
public sealed class NewMailSessionCommand : MailboxCmdlet
{
    /// <summary>Imap, unless given, Pop3 or Smtp.</summary>
    [Parameter]
    [ValidateSet("Imap", "Pop3", "Smtp")]
    public string Protocol { get; set; } = "Imap";

    /// <summary>The account to log in with. For OAUTHBEARER and XOAUTH2 its password is the access token. With ClientCertificate it may be left out, and over SMTP where the server wants no login.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Credential]
    public override PSCredential? Credential { get; set; }

    /// <summary>The port: 993 or 143 for IMAP, 995 or 110 for POP3, 465 or 587 for SMTP, as Tls is, unless given or found among Endpoints.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidatePort]
    public int? Port { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var protocol = Enum.Parse<MailProtocol>(Protocol, ignoreCase: true);
        if (protocol != MailProtocol.Smtp && Credential is null && ClientCertificate is null && AccessToken is null)
        {
            WriteError(ErrorRecords.Finding("CredentialMissing", ErrorCategory.InvalidArgument, "Nobody reads mail without a login: give -Credential, -AccessToken or -ClientCertificate.", Server));
            return;
        }

        if (AuthorizationId is not null && Credential is null && ClientCertificate is null)
        {
            WriteError(ErrorRecords.Finding("CredentialMissing", ErrorCategory.InvalidArgument, "-AuthorizationId says whom an administrator acts as: give his login, with -Credential or -ClientCertificate.", Server));
            return;
        }

        var options = protocol switch
        {
            MailProtocol.Smtp => SmtpOptions(Port),
            MailProtocol.Imap => OptionsFor(protocol, Port, plain: 143, underTls: 993),
            _ => OptionsFor(protocol, Port, plain: 110, underTls: 995),
        };
        if (options is null)
            return;
        var session = new MailSession(protocol, options, TimeProvider.System);
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
