using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Imap;

/// <summary>Reads messages of a folder over IMAP, one after the other as they come.</summary>
/// <para>The folder is opened for reading: no message becomes seen by it. The MIME structure of a message is parsed when
/// its Message property is first asked for. A certificate that is not trusted is an error that says why;
/// SkipCertificateCheck makes it a warning.</para>
/// <example><code>Get-ImapMessage imap.example.com -Credential john@example.com -HeadersOnly | Sort-Object Size -Descending</code><para>Lists the INBOX, the largest messages first.</para></example>
/// <example><code>$session | Get-ImapMessage -Folder Sent -HeadersOnly</code><para>Reads in a session of New-MailSession.</para></example>
/// <example><code>$server | Get-ImapMessage -Credential $john -Folder 'Archive/2026' -First 5 -SkipCertificateCheck</code><para>Reads the first five messages of a folder from a server started with Start-MailServer.</para></example>
/// <example><code>Get-ImapMessage imap.example.com -AuthMechanism OAUTHBEARER -Credential ([pscredential]::new('joe@example.com', $token))</code><para>Logs in with an OAuth access token, a SecureString in the place of the password.</para></example>
/// <example><code>Get-ImapMessage imap.example.com -ClientCertificate (Get-PfxCertificate joe.pfx)</code><para>Logs in with a certificate alone, by EXTERNAL.</para></example>
[Cmdlet(VerbsCommon.Get, "ImapMessage", DefaultParameterSetName = CredentialSet)]
[OutputType(typeof(ImapMessage))]
public sealed class GetImapMessageCommand : ImapCmdlet
{
    /// <summary>The folder's full name, levels separated as the server does; INBOX unless given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    public string Folder { get; set; } = "INBOX";

    /// <summary>The UIDs of the messages wanted; all unless given. UIDs that are not in the folder are passed over.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public uint[]? Uid { get; set; }

    /// <summary>How many messages to read at the most, from the lowest UID.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <summary>True to read headers only: quick, and the messages' Raw is then null.</summary>
    [Parameter]
    public SwitchParameter HeadersOnly { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (folder, uids, headersOnly, first) = (Folder, Uid, HeadersOnly.IsPresent, First);
        StartWithAccount(async (account, cancel) =>
        {
            var mailbox = await account.ExamineAsync(folder, cancel).ConfigureAwait(false);
            await VerboseAsync($"{mailbox.Count} messages in {folder}.").ConfigureAwait(false);
            await foreach (var message in mailbox.ReadAsync(uids, headersOnly, first, cancel).ConfigureAwait(false))
                await OutputAsync(message).ConfigureAwait(false);
        });
    }
}
