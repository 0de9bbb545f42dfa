using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Client.Sessions;
using MailOps.Cmdlets.Maildirs;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Imap;

/// <summary>Puts messages into a folder of an IMAP account: files, text, or messages of the other cmdlets.</summary>
/// <para>A message's octets are kept as they are, but that a bare LF becomes CRLF, which IMAP demands; nothing is parsed and written anew.
/// They are read from where they lie while they are sent, so files of any size take no memory. A message with a NUL in it is refused
/// here: IMAP carries none.</para>
/// <para>What comes from the pipeline goes in groups, of up to 64 messages, 8 MiB or what one second brings, in one command where the server has
/// MULTIAPPEND (RFC 3502). What the server refuses is an error of that message alone, in the server's words, and the others go on.
/// If a connection is lost while messages are sent, they are errors: whether the server has them is not known, and nothing is sent twice.</para>
/// <para>Messages of Get-MaildirMessage and Get-ImapMessage keep their flags and date unless others are given. Errors: FolderNotFound,
/// MessageTooBig, MailboxOverQuota, CommandRefused, InvalidFlag, PathNotFound, InvalidArgument, ConnectionLost.</para>
/// <example><code>Get-ChildItem *.eml | Add-ImapMessage -Session $session -Folder Import -CreateFolder</code><para>Imports message files.</para></example>
/// <example><code>Get-MaildirMessage ~/Maildir -Folder Archive | Add-ImapMessage imap.example.com Archive -Credential $john</code><para>Copies a folder of a Maildir to a server, with flags and dates.</para></example>
/// <example><code>Add-ImapMessage -Session $session -File ./welcome.eml -Flag Flagged, Seen -InternalDate 2026-01-31</code><para>Puts a message into the INBOX, marked and with a date.</para></example>
/// <example><code>"From: a@contoso.com`nSubject: Note`n`nText" | Add-ImapMessage -Session $session -Folder Drafts -Flag Draft</code><para>Adds a message that is written here.</para></example>
[Cmdlet(VerbsCommon.Add, "ImapMessage", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImapAddedMessage))]
public sealed class AddImapMessageCommand : ImapCmdlet
{
    private readonly List<MailSession> _own = [];
    private ImapAppendBatch? _batch;
    private int _number;

    /// <summary>A session of New-MailSession, in the place of a server and a login. The pipeline brings messages.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SessionSet)]
    [ValidateNotNull]
    public override MailSession? Session { get; set; }

    /// <summary>A message: text (header and all), bytes, a file of Get-ChildItem, a MimeKit.MimeMessage, or a message of Get-MaildirMessage, Get-Pop3Message or Get-ImapMessage -Body.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>Files that each hold a message, with wildcards; a path with brackets that is there is that file.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] File { get; set; } = [];

    /// <summary>The folder, by its full name, levels separated as the server does; INBOX unless it is given.</summary>
    [Parameter(Position = 1, ParameterSetName = CredentialSet)]
    [Parameter(Position = 1, ParameterSetName = CertificateSet)]
    [Parameter(Position = 1, ParameterSetName = TokenSet)]
    [Parameter(Position = 0, ParameterSetName = SessionSet)]
    [ValidateNotNullOrEmpty]
    public string Folder { get; set; } = "INBOX";

    /// <summary>Flags (Seen, Answered, Flagged, Deleted, Draft) and keywords of the message.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[]? Flag { get; set; }

    /// <summary>When the message arrived; now unless it is given.</summary>
    [Parameter]
    [Alias("InternalDate")]
    public DateTimeOffset? Date { get; set; }

    /// <summary>Makes the folder, and those above it, if it is missing.</summary>
    [Parameter]
    public SwitchParameter CreateFolder { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _batch = new ImapAppendBatch(Folder, CreateFolder, shown => OutputAsync(shown).AsTask(), FailAsync);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (File.Length == 0 && InputObject is null)
        {
            ThrowTerminatingError(ErrorRecords.Finding("MessageMissing", ErrorCategory.InvalidArgument, "There is no message: give -File, or pipe files, text or messages.", targetObject: null));
            return;
        }

        if (SessionOf() is not { } session)
            return;
        if (File.Length > 0)
        {
            foreach (var file in File.SelectMany(path => FilePaths.Of(this, path)))
                Add(session, new FileInfo(file));
        }
        else
        {
            Add(session, InputObject is PSObject wrapped ? wrapped.BaseObject : InputObject!);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        Run(async cancel =>
        {
            await _batch!.FlushAsync(cancel).ConfigureAwait(false);
            foreach (var session in _own)
                await WarnAsync(session.CertificateProblem).ConfigureAwait(false);
            await CloseAsync().ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);

        // A pipeline that is stopped has no end; what was opened is closed all the same.
        if (disposing)
            _ = CloseAsync();
    }

    // One login for all messages that go to one account.
    private MailSession? SessionOf()
    {
        if (Session is not null)
            return Session;
        if (OptionsFor(MailProtocol.Imap, Port, plain: 143, underTls: 993) is not { } options)
            return null;
        if (_own.LastOrDefault() is { } last && (last.Server, last.Port, last.Tls, last.UserName) == (options.Server, options.Port, options.Tls, options.Credential?.UserName))
            return last;
        var made = new MailSession(MailProtocol.Imap, options, TimeProvider.System);
        _own.Add(made);
        return made;
    }

    private void Add(MailSession session, object message)
    {
        var source = new NamedMessage(message, ++_number);
        if (!ShouldProcess($"{Folder} of {session}", message is FileInfo file ? $"Add '{file.FullName}'" : "Add a message"))
            return;
        var known = MaildirMessageFacts.Of(message);
        var (flags, date) = (Flag ?? known.Flags, Date ?? known.Arrived);
        Start([source], async (one, cancel) =>
        {
            MessageToAdd prepared;
            try
            {
                prepared = await MessageToAdd.PrepareAsync(MessageContent.From(one.Value), [.. flags], date, one.Label, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                await FailAsync(one, e).ConfigureAwait(false);
                return;
            }

            await _batch!.AddAsync(session, one, prepared, cancel).ConfigureAwait(false);
        });
    }

    private Task FailAsync(NamedMessage source, Exception thrown) => ErrorAsync(source.NotAdded(thrown)).AsTask();

    private async Task CloseAsync()
    {
        if (_batch is not null)
            await _batch.DisposeAsync().ConfigureAwait(false);
        foreach (var session in _own)
            await session.DisposeAsync().ConfigureAwait(false);
    }
}
