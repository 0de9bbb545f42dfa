using System.Management.Automation;
using MailOps.Client.Maildirs;
using MailOps.Client.Sessions;
using MailOps.Cmdlets.Runtime;
using MailOps.Maildir;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Adds messages to Maildirs: files, text, or messages of the other cmdlets.</summary>
/// <para>A message becomes durable before it is written to the pipeline, goes through the Maildir's own tmp, and gets its UID under the lock that
/// Dovecot and this module's server use. Files that belong to another user's Maildir are made as that user if this is root.</para>
/// <para>What comes from the pipeline for one folder is added in groups, of up to 256 messages, 16 MiB or what one second brings: of a group
/// all messages are there or none, also after Ctrl+C. Of a group that does not fit a quota, the messages that fit are added. An error names
/// the message that it is about, which is its target too.</para>
/// <para>Messages of Get-MaildirMessage and Get-ImapMessage keep their flags and date unless others are given. Errors: MaildirNotFound,
/// FolderNotFound, InvalidFolderName, InvalidFlag, PathNotFound, MailboxOverQuota, StoreFull, StoreNotWritable.</para>
/// <example><code>Get-ChildItem *.eml | Add-MaildirMessage ~/Maildir -Folder Import -CreateFolder</code><para>Imports message files.</para></example>
/// <example><code>Get-ImapMessage imap.contoso.com -Credential joe@contoso.com -Body | Add-MaildirMessage ./backup -Create</code><para>Copies an INBOX from a server into a new Maildir, with flags and dates.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Add-MaildirMessage -File ./welcome.eml -Flag Flagged</code><para>Puts a message into the INBOX of every account.</para></example>
/// <example><code>Get-Item ./note.eml | Add-MaildirMessage ~/mail -Create -Layout Fs -Folder Notes/2026 -CreateFolder</code><para>Makes a Maildir of nested directories, and a folder in it, for a message.</para></example>
/// <example><code>"From: a@contoso.com`nSubject: Note`n`nText" | Add-MaildirMessage ~/Maildir -Date 2026-01-31</code><para>Adds a message that is written here.</para></example>
[Cmdlet(VerbsCommon.Add, "MaildirMessage", DefaultParameterSetName = MessageSet, SupportsShouldProcess = true)]
[OutputType(typeof(MaildirMessage))]
public sealed class AddMaildirMessageCommand : MailCmdlet
{
    private const string MessageSet = "Message";
    private const string FileSet = "File";

    // A field of one of our value types would have the class's layout need MailOps.Core before the module has said where it is.
    private int? _layout;
    private MaildirEditor? _editor;
    private AppendBatch? _batch;
    private int _number;

    /// <summary>The Maildir: the directory with cur, new and tmp in it, of any program. With File, binds the MailPath of Get-MailAccount's objects too.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = MessageSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = FileSet, ValueFromPipelineByPropertyName = true)]
    [Alias("MailPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>A message: text (header and all), bytes, a file of Get-ChildItem, a MimeKit.MimeMessage, or a message of Get-MaildirMessage, Get-Pop3Message or Get-ImapMessage -Body.</summary>
    [Parameter(Mandatory = true, ParameterSetName = MessageSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>Files that each hold a message, with wildcards; a path with brackets that is there is that file.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] File { get; set; } = [];

    /// <summary>The folder, by its full name; INBOX unless it is given.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Folder { get; set; }

    /// <summary>Flags (Seen, Answered, Flagged, Deleted, Draft) and keywords of the message.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[]? Flag { get; set; }

    /// <summary>When the message arrived; now unless it is given.</summary>
    [Parameter]
    [Alias("InternalDate")]
    public DateTimeOffset? Date { get; set; }

    /// <summary>Makes the folder if it is missing.</summary>
    [Parameter]
    public SwitchParameter CreateFolder { get; set; }

    /// <summary>Makes the Maildir if nothing is there.</summary>
    [Parameter]
    public SwitchParameter Create { get; set; }

    /// <summary>How folders lie in the Maildir: MaildirPlusPlus (.Archive.2026) or Fs (Archive/2026). Without it what is found there; a Maildir without folders is taken for Maildir++. One that Create makes remembers it.</summary>
    [Parameter]
    public MaildirLayout? Layout
    {
        get => (MaildirLayout?)_layout;
        set => _layout = (int?)value;
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _editor = new MaildirEditor(Layout);
        _batch = new AppendBatch(_editor, shown => OutputAsync(shown).AsTask(), FailAsync);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var path = GetUnresolvedProviderPathFromPSPath(Path);
        if (ParameterSetName == FileSet)
        {
            foreach (var file in File.SelectMany(path => FilePaths.Of(this, path)))
                Add(path, new FileInfo(file));
        }
        else
        {
            Add(path, InputObject is PSObject wrapped ? wrapped.BaseObject : InputObject!);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        Run(async cancel =>
        {
            await _batch!.FlushAsync(cancel).ConfigureAwait(false);
            await _editor!.DisposeAsync().ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);

        // A pipeline that is stopped has no end; what was opened is closed all the same, and its files in tmp go.
        if (disposing)
            _ = CloseAsync();
    }

    private void Add(string path, object message)
    {
        if (!ShouldProcess($"{Folder ?? "INBOX"} of '{path}'", message is FileInfo file ? $"Add '{file.FullName}'" : "Add a message"))
            return;
        var (folder, flags, date) = (Folder, Flag, Date);
        var known = MaildirMessageFacts.Of(message);
        Start([new NamedMessage(message, ++_number)], async (source, cancel) =>
        {
            PendingMessage pending;
            try
            {
                var content = MessageContent.From(source.Value);
                await using (content.Stream.ConfigureAwait(false))
                    pending = await _editor!.ReceiveAsync(path, folder, content, flags ?? known.Flags, date ?? known.Arrived, CreateFolder, Create, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                await FailAsync(source, e).ConfigureAwait(false);
                return;
            }

            await _batch!.AddAsync(source, pending, cancel).ConfigureAwait(false);
        });
    }

    private Task FailAsync(NamedMessage source, Exception thrown) => ErrorAsync(source.NotAdded(thrown)).AsTask();

    private async Task CloseAsync()
    {
        if (_batch is not null)
            await _batch.DisposeAsync().ConfigureAwait(false);
        if (_editor is not null)
            await _editor.DisposeAsync().ConfigureAwait(false);
    }
}
