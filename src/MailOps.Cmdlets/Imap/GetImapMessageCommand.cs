using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Maildirs;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Imap;

/// <summary>Lists and reads messages of a folder over IMAP, one after the other as they come.</summary>
/// <para>Without more a message is what a listing shows: its flags, size and dates, From, To, Subject and Message-ID, of many messages
/// with one command. HeadersOnly reads all fields of the header, Part some parts, and Body the whole message: only then Raw is
/// there and Message has a body, for Add-ImapMessage, Add-MaildirMessage or Send-RawSmtp too.</para>
/// <para>The folder is opened for reading: no message becomes seen by it. The MIME structure of a whole message is parsed when
/// its Message property is first asked for. A certificate that is not trusted is an error that says why;
/// SkipCertificateCheck makes it a warning.</para>
/// <example><code>Get-ImapMessage imap.example.com -Credential john@example.com | Sort-Object Size -Descending</code><para>Lists the INBOX, the largest messages first.</para></example>
/// <example><code>$session | Get-ImapMessage -Flag Flagged -NotFlag Seen -Since 2026-11-01 -From ann -Subject invoice</code><para>Has the server look for messages.</para></example>
/// <example><code>$session | Get-ImapMessage -Folder Sent -Body | ForEach-Object { $_.Message.TextBody }</code><para>Reads the texts of a folder, in a session of New-MailSession.</para></example>
/// <example><code>$session | Get-ImapMessage -Uid 17 -Structure | ForEach-Object Parts&#10;$attachment = ($session | Get-ImapMessage -Uid 17 -Part 2).Parts[0]&#10;[IO.File]::WriteAllBytes('report.pdf', $attachment.Content)</code><para>Looks at what a message is made of, and saves one attachment without reading the others.</para></example>
/// <example><code>$server | Get-ImapMessage -Credential $john -Folder 'Archive/2026' -First 5 -SkipCertificateCheck</code><para>Reads the first five messages of a folder from a server started with Start-MailServer.</para></example>
/// <example><code>Get-ImapMessage imap.example.com -AuthMechanism OAUTHBEARER -Credential ([pscredential]::new('joe@example.com', $token))</code><para>Logs in with an OAuth access token, a SecureString in the place of the password.</para></example>
/// <example><code>Get-ImapMessage imap.example.com -ClientCertificate (Get-PfxCertificate joe.pfx)</code><para>Logs in with a certificate alone, by EXTERNAL.</para></example>
[Cmdlet(VerbsCommon.Get, "ImapMessage", DefaultParameterSetName = CredentialSet)]
[OutputType(typeof(ImapMessage))]
public sealed class GetImapMessageCommand : ImapCmdlet
{
    private static readonly Regex Quoted = new(@"""(?:[^""\\]|\\.)*""", RegexOptions.NonBacktracking);
    private static readonly Regex Literal = new(@"\{[0-9]+\+?\}", RegexOptions.NonBacktracking);

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

    /// <summary>Text that is in From: part of a name or an address.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? From { get; set; }

    /// <summary>Text that is in To.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? To { get; set; }

    /// <summary>Text that is in Subject.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Subject { get; set; }

    /// <summary>Text that is somewhere in fields of the header, as @{ 'List-Id' = 'news' }. Without case, encoded words decoded, as far as the server does that.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Header { get; set; } = [];

    /// <summary>Text that is somewhere in the header or in a text part, as the server looks for it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Text { get; set; }

    /// <summary>Search keys as IMAP has them, such as 'OR FROM ann KEYWORD $Work', for what the other parameters cannot say. Text with spaces stands in double quotes; literals, {5}, are refused.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Query { get; set; }

    /// <summary>How many messages to read at the most, from the lowest UID.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <summary>Reads whole messages: Raw is then there, and Message has a body.</summary>
    [Parameter]
    public SwitchParameter Body { get; set; }

    /// <summary>Reads all of the header, and Headers has all its fields. Without it those alone that a listing shows.</summary>
    [Parameter]
    public SwitchParameter HeadersOnly { get; set; }

    /// <summary>Tells which parts the messages are made of, in Parts: numbers, media types, names of files and sizes.</summary>
    [Parameter]
    public SwitchParameter Structure { get; set; }

    /// <summary>Numbers of parts to read, such as 1.2, with their content decoded, in Parts. The rest of the message is not read. Structure tells the numbers.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Part { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Query?.Any(char.IsControl) == true)
            Refuse("-Query has a line end or another control character. It is the search keys of one command, in one line.", Query);
        if (Query is not null && Literal.IsMatch(Quoted.Replace(Query, "")))
            Refuse("-Query has a literal, such as {5}: the server would wait for octets behind the line (RFC 9051 section 4.3). Write text in double quotes, or use -Text or -Header, which take any text.", Query);
        if (Body && HeadersOnly)
            Refuse("-Body reads whole messages, headers as well. Give it or -HeadersOnly.");
        if (Array.Find([nameof(From), nameof(To), nameof(Subject)], field => MyInvocation.BoundParameters.ContainsKey(field) && Header.Keys.Cast<object>().Any(key => field.Equals($"{key}", StringComparison.OrdinalIgnoreCase))) is { } twice)
            Refuse($"-{twice} and -Header both say what {twice} has in it. Give one of them, or -Query.");
        if (Array.Find(Part, part => !IsNumber(part)) is { } other)
            Refuse($"'{other}' is no number of a part: that is made of numbers with dots between them, such as 2 or 1.2. -Structure tells those of a message.", other);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (folder, uids, first) = (Folder, Uid, First);
        var reading = new ImapReading
        {
            Content = Body ? ImapContent.Whole : HeadersOnly ? ImapContent.Header : ImapContent.Listing,
            HasStructure = Structure,
            Parts = Part,
        };
        var filter = new ImapFilter
        {
            Flag = Flag,
            NotFlag = NotFlag,
            Since = Since,
            Before = Before,
            LargerThan = LargerThan,
            SmallerThan = SmallerThan,
            Header = Fields(),
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
            await foreach (var message in mailbox.ReadAsync(wanted, reading, first, cancel).ConfigureAwait(false))
            {
                foreach (var missing in Part.Where(part => message.Parts?.Any(one => one.Part == part) == false))
                    await ErrorAsync("MessagePartNotFound", ErrorCategory.ObjectNotFound, $"Message {message.Uid} in {folder} has no part {missing} that can be read by itself. -Structure tells which it has.", message.Uid).ConfigureAwait(false);
                await OutputAsync(message).ConfigureAwait(false);
            }
        });
    }

    private Dictionary<string, string> Fields()
    {
        var fields = Header.Cast<DictionaryEntry>().ToDictionary(field => $"{field.Key}", field => $"{field.Value}", StringComparer.OrdinalIgnoreCase);
        foreach (var (name, text) in new[] { (nameof(From), From), (nameof(To), To), (nameof(Subject), Subject) })
        {
            if (text is not null)
                fields[name] = text;
        }

        return fields;
    }

    private static bool IsNumber(string part) =>
        Array.TrueForAll(part.Split('.'), level => uint.TryParse(level, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0);
}
