using System.Collections;
using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Maildirs;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Imap;

/// <summary>Reads messages of a folder over IMAP, one after the other as they come.</summary>
/// <para>The folder is opened for reading: no message becomes seen by it. The MIME structure of a message is parsed when
/// its Message property is first asked for. A certificate that is not trusted is an error that says why;
/// SkipCertificateCheck makes it a warning.</para>
/// <example><code>Get-ImapMessage imap.example.com -Credential john@example.com -HeadersOnly | Sort-Object Size -Descending</code><para>Lists the INBOX, the largest messages first.</para></example>
/// <example><code>$session | Get-ImapMessage -Flag Flagged -NotFlag Seen -Since 2026-11-01 -Header @{ From = 'ann' } -HeadersOnly</code><para>Has the server look for messages.</para></example>
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

    /// <summary>Flags (Seen, Answered, Flagged, Deleted, Draft) and keywords that a message has, all of them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] Flag { get; set; } = [];

    /// <summary>Flags and keywords of which a message has none.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] NotFlag { get; set; } = [];

    /// <summary>Messages that arrived then or later, to the second.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Messages that arrived earlier.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Messages with more octets, such as 10MB.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? LargerThan { get; set; }

    /// <summary>Messages with fewer octets.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? SmallerThan { get; set; }

    /// <summary>Text that is somewhere in fields of the header, as @{ Subject = 'invoice' }. Without case, encoded words decoded, as far as the server does that.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Header { get; set; } = [];

    /// <summary>Text that is somewhere in the header or in a text part, as the server looks for it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Text { get; set; }

    /// <summary>Search keys as IMAP has them, such as 'OR FROM ann KEYWORD $Work', for what the other parameters cannot say.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Query { get; set; }

    /// <summary>How many messages to read at the most, from the lowest UID.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <summary>True to read headers only: quick, and the messages' Raw is then null.</summary>
    [Parameter]
    public SwitchParameter HeadersOnly { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Query?.Any(char.IsControl) == true)
            ThrowTerminatingError(ErrorRecords.Finding("InvalidArgument", ErrorCategory.InvalidArgument, "-Query has a line end or another control character. It is the search keys of one command, in one line.", Query));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (folder, uids, headersOnly, first) = (Folder, Uid, HeadersOnly.IsPresent, First);
        var filter = new ImapFilter
        {
            Flag = Flag,
            NotFlag = NotFlag,
            Since = Since,
            Before = Before,
            LargerThan = LargerThan,
            SmallerThan = SmallerThan,
            Header = Header.Cast<DictionaryEntry>().ToDictionary(field => $"{field.Key}", field => $"{field.Value}", StringComparer.OrdinalIgnoreCase),
            Text = Text,
            Query = Query,
        };
        StartWithAccount(async (account, cancel) =>
        {
            var mailbox = await account.ExamineAsync(folder, cancel).ConfigureAwait(false);
            await VerboseAsync($"{mailbox.Count} messages in {folder}.").ConfigureAwait(false);
            IReadOnlyCollection<uint>? wanted = uids;
            if (mailbox.Count > 0 && await mailbox.FindAsync(filter, cancel).ConfigureAwait(false) is { } found)
                wanted = uids is null ? found : [.. found.Intersect(uids)];
            await foreach (var message in mailbox.ReadAsync(wanted, headersOnly, first, cancel).ConfigureAwait(false))
                await OutputAsync(message).ConfigureAwait(false);
        });
    }
}
