using System.Management.Automation;
using MailOps.Client.Maildirs;
using MailOps.Maildir;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Changes flags, keywords and the date of arrival of messages in Maildirs.</summary>
/// <para>Changes are durable and are made under the locks that Dovecot and this module's server use: either may have the folder open. A
/// Maildir folder has letters for 56 keywords, of which Dovecot knows 26. Errors: MessageNotFound for a message that another program took away, InvalidFlag,
/// MaildirNotFound, FolderNotFound, StoreNotWritable, StoreFailed (a date that the file system cannot keep, among others).</para>
/// <example><code>Get-MaildirMessage ~/Maildir -NotFlag Seen -Before (Get-Date).AddMonths(-1) | Set-MaildirMessage -AddFlag Seen</code><para>Marks old messages as read.</para></example>
/// <example><code>Get-MaildirMessage ~/Maildir -Header @{ From = 'boss@contoso.com' } | Set-MaildirMessage -AddFlag Flagged, Work -PassThru</code><para>Flags messages, gives them a keyword, and shows them as they are then.</para></example>
/// <example><code>Get-MaildirMessage ~/Maildir -Folder Import | Where-Object Date | ForEach-Object { $_ | Set-MaildirMessage -InternalDate $_.Date }</code><para>Gives imported messages the date of their header as the date of arrival.</para></example>
[Cmdlet(VerbsCommon.Set, "MaildirMessage", SupportsShouldProcess = true)]
[OutputType(typeof(MaildirMessage))]
public sealed class SetMaildirMessageCommand : MaildirChangeCommand
{
    /// <summary>Flags (Seen, Answered, Flagged, Deleted, Draft) and keywords to set, beside those that a message has.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] AddFlag { get; set; } = [];

    /// <summary>Flags and keywords to take off.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] RemoveFlag { get; set; } = [];

    /// <summary>All flags and keywords that a message then has; an empty array for none.</summary>
    [Parameter]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[]? Flag { get; set; }

    /// <summary>When a message arrived: the time of its file, which is then a file of its own: copies keep their date. IMAP clients do not expect this date to change, and show what they were told before; so does Dovecot, which keeps it in dovecot.index.cache, a file that may be deleted.</summary>
    [Parameter]
    public DateTimeOffset? InternalDate { get; set; }

    /// <summary>Writes the messages as they are then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string Action
    {
        get
        {
            var changes = FlagChanges.Describe(Flag, AddFlag, RemoveFlag).ToList();
            if (InternalDate is { } date)
                changes.Add($"set the date of arrival to {date:u}");
            return string.Join("; ", changes);
        }
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (FlagChanges.ProblemOf(Flag, AddFlag, RemoveFlag) is { } problem)
            Refuse(problem);
        if (Flag is null && AddFlag.Length == 0 && RemoveFlag.Length == 0 && InternalDate is null)
            Refuse("Nothing is to be changed. Give -AddFlag, -RemoveFlag, -Flag or -InternalDate.");
    }

    private protected override async Task<IEnumerable<string>> ChangeAsync(MaildirEditor editor, IReadOnlyList<MaildirMessage> messages, CancellationToken cancel)
    {
        (IReadOnlyList<MaildirMessage> Shown, IReadOnlyCollection<string> Changed) now = ([], []);
        if (InternalDate is { } date)
            now = await editor.SetArrivedAsync(messages, date, PassThru, cancel).ConfigureAwait(false);
        if (Flag is not null)
            now = await editor.SetFlagsAsync(messages, FlagChange.Replace, Flag, PassThru, cancel).ConfigureAwait(false);
        if (AddFlag.Length > 0)
            now = await editor.SetFlagsAsync(messages, FlagChange.Add, AddFlag, PassThru, cancel).ConfigureAwait(false);
        if (RemoveFlag.Length > 0)
            now = await editor.SetFlagsAsync(messages, FlagChange.Remove, RemoveFlag, PassThru, cancel).ConfigureAwait(false);
        await OutputAsync(now.Shown).ConfigureAwait(false);
        return now.Changed;
    }
}
