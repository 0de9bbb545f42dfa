using System.Management.Automation;
using MailOps.Client.Archives;
using MailOps.Client.Mailboxes;
using MailOps.Client.Maildirs;
using MailOps.Client.Mboxes;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Messages;

/// <summary>Reads messages out of files: of one message (.eml), of many (mbox, in its four dialects), of a Maildir or of MH.</summary>
/// <para>The octets come as they were: what an mbox file put before lines and into headers is taken off. Flags, date and sender come with the messages where files tell
/// them, and go on to Add-ImapMessage, Add-MaildirMessage and Export-MimeMessage. Message is the parsed MimeKit.MimeMessage, and Raw the octets.</para>
/// <para>Without Format it is found out: a file that begins with "From " is an mbox file and any other a message; a directory with cur and new is a Maildir, one of
/// files with numbers MH, and of any other the files *.eml are read. Of a Maildir the INBOX is read; Get-MaildirMessage reads its other folders and chooses.</para>
/// <example><code>Import-MimeMessage ./archive.mbox | Where-Object From -like *@example.com | Send-MimeMessage -Session $session -Recipient me@example.org</code><para>Sends some messages of an mbox file again.</para></example>
/// <example><code>Get-ChildItem *.mbox | Import-MimeMessage | Add-ImapMessage -Session $session -Folder Import -CreateFolder</code><para>Puts mbox files into a folder over IMAP, with flags and dates.</para></example>
/// <example><code>(Import-MimeMessage ./letter.eml).Message.TextBody</code><para>Reads the text of a message file.</para></example>
[Cmdlet(VerbsData.Import, "MimeMessage")]
[OutputType(typeof(ArchivedMessage), typeof(MaildirMessage))]
public sealed class ImportMimeMessageCommand : MailCmdlet
{
    // A field of one of our value types would have the class's layout need MailOps.Client before the module has said where it is.
    private int? _format;
    private int? _dialect;

    /// <summary>Files and directories, with wildcards; a path with brackets that is there is that file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PSPath", "LiteralPath")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>How messages lie there: Eml, Mbox, Maildir or Mh; found out unless given.</summary>
    [Parameter]
    public ArchiveFormat? Format
    {
        get => (ArchiveFormat?)_format;
        set => _format = (int?)value;
    }

    /// <summary>The dialect of mbox files: Mboxo, Mboxrd, Mboxcl or Mboxcl2. Unless given, each message's own: Mboxcl2 where its Content-Length is right, else Mboxrd.</summary>
    [Parameter]
    public MboxDialect? Dialect
    {
        get => (MboxDialect?)_dialect;
        set => _dialect = (int?)value;
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Start(Path.SelectMany(path => FilePaths.Of(this, path)), ReadAsync);

    private async Task ReadAsync(string path, CancellationToken cancel)
    {
        var failures = new Queue<(string Path, Exception Thrown)>();
        foreach (var message in ArchiveReader.Read(path, Format, Dialect, (file, thrown) => failures.Enqueue((file, thrown)), cancel))
        {
            await TellAsync(failures).ConfigureAwait(false);
            await OutputAsync(message).ConfigureAwait(false);
        }

        await TellAsync(failures).ConfigureAwait(false);
    }

    private async Task TellAsync(Queue<(string Path, Exception Thrown)> failures)
    {
        while (failures.TryDequeue(out var failure))
            await ErrorAsync(failure.Thrown, failure.Path).ConfigureAwait(false);
    }
}
