using System.Management.Automation;
using MailOps.Client.Maildirs;
using MailOps.Maildir;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>What the cmdlets share that change messages: which ones, and that they are changed in batches.</summary>
public abstract class MaildirChangeCommand : MaildirCommand
{
    // One sync for so many messages.
    private const int MostInBatch = 1000;

    private readonly List<MaildirMessage> _batch = [];

    // By layout. Folders stay open until the end of the pipeline: a large one is read once.
    private readonly Dictionary<string, MaildirEditor> _editors = [];

    /// <summary>Messages of Get-MaildirMessage.</summary>
    [Parameter(ValueFromPipeline = true)]
    public MaildirMessage[] InputObject { get; set; } = [];

    /// <summary>Without InputObject: the UIDs of the messages in Folder of the Maildir.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public uint[] Uid { get; set; } = [];

    /// <summary>Without InputObject: the folder that the messages are in; INBOX unless it is given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Folder { get; set; }

    /// <summary>What is done to a message, for -WhatIf and -Confirm.</summary>
    private protected abstract string Action { get; }

    /// <summary>Does it to messages of one folder, and returns the unique names of those that were still there.</summary>
    private protected abstract Task<IEnumerable<string>> ChangeAsync(MaildirEditor editor, IReadOnlyList<MaildirMessage> messages, CancellationToken cancel);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // A message has a Path and a Layout too, which are bound with it.
        foreach (var message in InputObject.Length > 0 ? InputObject : Named())
        {
            if (!ShouldProcess($"Message {message} in '{message.Path}'", Action))
                continue;
            if (_batch.Count == MostInBatch || (_batch.Count > 0 && (_batch[0].Path != message.Path || _batch[0].Folder != message.Folder || _batch[0].Layout != message.Layout)))
                Flush();
            _batch.Add(message);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Flush();
        base.EndProcessing();
        Run(_ => CloseAsync());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);

        // A pipeline that is stopped has no end; what was opened is closed all the same.
        if (disposing)
            _ = CloseAsync();
    }

    private IEnumerable<MaildirMessage> Named()
    {
        if (Uid.Length == 0)
        {
            WriteError(Runtime.ErrorRecords.Finding("MessageNotNamed", ErrorCategory.InvalidArgument, "No message is named. Pipe messages of Get-MaildirMessage, or give a Maildir with -Uid.", MyInvocation.MyCommand.Name));
            yield break;
        }

        foreach (var path in Places())
        {
            List<MaildirMessage> found = [];
            try
            {
                found.AddRange(MaildirReader.Messages(path, Folder is null ? [] : [Folder], new MaildirFilter { Uid = Uid.ToHashSet() }, Layout, Cancellation));
            }
            catch (Exception e) when (e is IOException or MaildirException)
            {
                WriteError(Runtime.ErrorRecords.From(e, path));
                continue;
            }

            foreach (var uid in Uid.Where(uid => found.TrueForAll(message => message.Uid != uid)))
                WriteError(Runtime.ErrorRecords.Finding("MessageNotFound", ErrorCategory.ObjectNotFound, $"There is no message with the UID {uid} in {Folder ?? "INBOX"} of '{path}'.", uid));
            foreach (var message in found)
                yield return message;
        }
    }

    private void Flush()
    {
        if (_batch.Count == 0)
            return;
        MaildirMessage[] messages = [.. _batch];
        _batch.Clear();
        Start<MaildirMessage[]>([messages], async (batch, cancel) =>
        {
            if (!_editors.TryGetValue(batch[0].Layout, out var editor))
                _editors.Add(batch[0].Layout, editor = new MaildirEditor(Enum.Parse<MaildirLayout>(batch[0].Layout)));
            var done = (await ChangeAsync(editor, batch, cancel).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
            foreach (var message in batch.Where(message => !done.Contains(message.UniqueName)))
            {
                await ErrorAsync(
                    "MessageNotFound",
                    ErrorCategory.ObjectNotFound,
                    $"Message {message} is no longer in '{message.Path}': another program has moved or removed it.",
                    message).ConfigureAwait(false);
            }
        });
    }

    private async Task CloseAsync()
    {
        foreach (var editor in _editors.Values)
            await editor.DisposeAsync().ConfigureAwait(false);
    }
}
