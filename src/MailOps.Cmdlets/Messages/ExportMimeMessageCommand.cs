using System.Management.Automation;
using MailOps.Client.Archives;
using MailOps.Client.Mailboxes;
using MailOps.Client.Maildirs;
using MailOps.Client.Mboxes;
using MailOps.Client.Sessions;
using MailOps.Cmdlets.Maildirs;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Messages;

/// <summary>Puts messages into files: of one message each (.eml), of many (mbox, in its four dialects), a Maildir or MH.</summary>
/// <para>Octets stay as they are in .eml files and Maildirs; in mbox and MH, whose lines end with LF, CRLF becomes that. Flags and dates of messages of the other cmdlets are
/// kept where the format has a place for them: mbox, Maildir and MH; .eml files get the date as their time.</para>
/// <para>Without Format it is told by the path: one that ends with .mbox is an mbox file, one that ends with .eml a message, and a directory is what it is already, or
/// one of .eml files. In a directory nothing that is there is touched: .eml files are named by subjects, made safe, with numbers where a name is taken. A file that
/// is there is an error (FileExists) unless Append or Force is given.</para>
/// <para>What is added to an mbox file is written in groups, each whole or not at all, under the lock that deliverers and mail programs use. With Force a file is replaced
/// when all messages are written, and is what it was until then.</para>
/// <example><code>Get-ImapMessage -Session $session -Folder Archive -Body | Export-MimeMessage ./archive.mbox</code><para>Saves a folder as an mbox file.</para></example>
/// <example><code>Import-MimeMessage ./old.mbox | Export-MimeMessage ./mail -Format Mh -PassThru</code><para>Makes an MH folder of an mbox file, and shows its files.</para></example>
/// <example><code>New-MimeMessage -From a@example.org -To b@example.com -Subject Hello | Export-MimeMessage ./hello.eml</code><para>Saves a message as a file.</para></example>
[Cmdlet(VerbsData.Export, "MimeMessage", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportMimeMessageCommand : MailCmdlet
{
    // A field of one of our value types would have the class's layout need MailOps.Client before the module has said where it is.
    private int? _format;
    private int _dialect = (int)MboxDialect.Mboxrd;
    private MaildirEditor? _editor;
    private AppendBatch? _batch;
    private ArchiveWriter? _writer;
    private readonly List<NamedMessage> _waiting = [];
    private string _target = "";
    private int _number;

    /// <summary>The file or directory.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("FilePath", "Destination")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>A message: a MimeKit.MimeMessage, a file of Get-ChildItem, text (header and all), bytes, or a message of Import-MimeMessage, Get-ImapMessage -Body, Get-Pop3Message or Get-MaildirMessage.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [Alias("Message")]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>How messages lie there: Eml, Mbox, Maildir or Mh; told by the path unless given.</summary>
    [Parameter]
    public ArchiveFormat? Format
    {
        get => (ArchiveFormat?)_format;
        set => _format = (int?)value;
    }

    /// <summary>The dialect of an mbox file: Mboxrd (the default, which loses nothing), Mboxo, Mboxcl or Mboxcl2.</summary>
    [Parameter]
    public MboxDialect Dialect
    {
        get => (MboxDialect)_dialect;
        set => _dialect = (int)value;
    }

    /// <summary>Adds to an mbox file that is there.</summary>
    [Parameter]
    public SwitchParameter Append { get; set; }

    /// <summary>Writes over files that are there: the mbox file, or .eml files of the same names.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Shows the files that were written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _target = GetUnresolvedProviderPathFromPSPath(Path);
        var format = Format ?? FormatOf(_target);
        if (File.Exists(_target) && (format is ArchiveFormat.Maildir or ArchiveFormat.Mh))
            Refuse("PathNotADirectory", ErrorCategory.InvalidArgument, $"'{_target}' is a file, and {(format == ArchiveFormat.Mh ? "an MH folder" : "a Maildir")} is a directory. Give another path.");
        if (Directory.Exists(_target) && format == ArchiveFormat.Mbox)
            Refuse("PathIsADirectory", ErrorCategory.InvalidArgument, $"'{_target}' is a directory, and an mbox file is a file. Give the path of one.");
        if (File.Exists(_target) && !Force && !(Append && format == ArchiveFormat.Mbox))
            Refuse("FileExists", ErrorCategory.ResourceExists, $"'{_target}' is there already. {(format == ArchiveFormat.Mbox ? "Give -Append to add to it, or -Force to write over it" : "Give -Force to write over it, or a directory")}.");
        if (Append && Force)
            Refuse("InvalidArgument", ErrorCategory.InvalidArgument, "-Append adds to what is there, and -Force writes over it. Give one of the two.");
        if (format == ArchiveFormat.Maildir)
        {
            _editor = new MaildirEditor();
            _batch = new AppendBatch(_editor, ShowAsync, (source, thrown) => ErrorAsync(source.Not("exported", thrown)).AsTask());
        }
        else
        {
            _writer = new ArchiveWriter(_target, format, Dialect, Force);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var source = new NamedMessage(MessageArgument.Bare(InputObject!), ++_number);
        if (ShouldProcess(_target, $"Export {source}"))
            Start([source], _batch is null ? WriteAsync : AddAsync);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        Run(async cancel =>
        {
            if (_batch is not null)
                await _batch.FlushAsync(cancel).ConfigureAwait(false);
            else
                await WriteAsync(_writer!.FinishAsync, cancel).ConfigureAwait(false);
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

    private static ArchiveFormat FormatOf(string path) => System.IO.Path.GetExtension(path).ToUpperInvariant() switch
    {
        _ when Directory.Exists(path) => ArchiveReader.FormatOf(path) ?? ArchiveFormat.Eml,
        ".MBOX" or ".MBX" => ArchiveFormat.Mbox,
        ".EML" => ArchiveFormat.Eml,
        _ when File.Exists(path) => ArchiveReader.FormatOf(path)!.Value,
        _ => ArchiveFormat.Eml,
    };

    private void Refuse(string id, ErrorCategory category, string message) => ThrowTerminatingError(ErrorRecords.Finding(id, category, message, _target));

    private async Task WriteAsync(NamedMessage source, CancellationToken cancel)
    {
        MessageToKeep message;
        try
        {
            var (flags, arrived) = MaildirMessageFacts.Of(source.Value);
            message = await MessageToKeep.ReadAsync(MessageContent.From(source.Value), flags, arrived, SenderOf(source.Value), cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            await ErrorAsync(source.Not("exported", e)).ConfigureAwait(false);
            return;
        }

        _waiting.Add(source);
        await WriteAsync(c => _writer!.AddAsync(message, c), cancel).ConfigureAwait(false);
        if (_writer!.IsEmpty)
            _waiting.Clear();
    }

    // What is not written is an error of each message that was to be.
    private async Task WriteAsync(Func<CancellationToken, Task<IReadOnlyList<string>>> write, CancellationToken cancel)
    {
        try
        {
            foreach (var file in await write(cancel).ConfigureAwait(false))
            {
                if (PassThru)
                    await OutputAsync(new FileInfo(file)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            foreach (var source in _waiting)
                await ErrorAsync(source.Not("exported", e)).ConfigureAwait(false);
            _waiting.Clear();
        }
    }

    private async Task AddAsync(NamedMessage source, CancellationToken cancel)
    {
        PendingMessage pending;
        try
        {
            var (flags, arrived) = MaildirMessageFacts.Of(source.Value);
            var content = MessageContent.From(source.Value);
            await using (content.Stream.ConfigureAwait(false))
                pending = await _editor!.ReceiveAsync(_target, folder: null, content, flags, arrived, makesFolder: false, makesMaildir: true, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await ErrorAsync(source.Not("exported", e)).ConfigureAwait(false);
            return;
        }

        await _batch!.AddAsync(source, pending, cancel).ConfigureAwait(false);
    }

    private async Task ShowAsync(IReadOnlyList<MaildirMessage> messages)
    {
        foreach (var message in PassThru ? messages : [])
            await OutputAsync(new FileInfo(message.FullName)).ConfigureAwait(false);
    }

    private static string? SenderOf(object message) => message switch
    {
        ArchivedMessage archived => archived.Sender,
        ReceivedMessage received => received.Sender,
        _ => null,
    };

    private async Task CloseAsync()
    {
        if (_batch is not null)
            await _batch.DisposeAsync().ConfigureAwait(false);
        if (_editor is not null)
            await _editor.DisposeAsync().ConfigureAwait(false);
        _writer?.Dispose();
    }
}
