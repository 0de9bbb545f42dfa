using System.Globalization;
using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Saving;
using MailOps.Client.Mailboxes.Seen;

namespace MailOps.Cmdlets.Pop3;

/// <summary>Saves messages of a POP3 mailbox: each as a file with exactly its octets, or into a Maildir. With a file that remembers them only new ones, and with Remove they leave the server.</summary>
/// <para>A message is on the disk before it is remembered, and both before it is deleted, which happens for all together at the end of the
/// session. So a process can be killed at any moment, and a connection break: nothing is lost, the next run deletes what is saved and still there, and at
/// most the one message that was under way is saved again. In a folder that changes nothing, since the same file is there; in a Maildir it can be there twice.</para>
/// <para>Files are named by the unique id, appear whole or not at all, are readable by this user alone, and replace none: a file with the same octets
/// stands for the message, and beside one with others it gets a number. A message of any size goes through in pieces.</para>
/// <para>StatePath is one file for any number of accounts (server, port and user) and processes; for one account one command works at a time
/// (StateInUse). What the server does not list any more is forgotten. Copies with the same unique id count each. When a server gives its messages other
/// unique ids, they are fetched once more and known by their octets, and are not saved again. A server without unique ids needs no StatePath with Remove: what was
/// saved is gone.</para>
/// <para>A message that an earlier run saved is read once more before it is deleted. If its octets are others, the server has given the unique id to another
/// message: that is saved too, with a warning.</para>
/// <para>A message that the server refuses to send is an error, and the others go on. A mailbox that another session has open is MailboxInUse.</para>
/// <example><code>Save-Pop3Message pop.example.com -Path ./inbox -Credential $john -StatePath ./inbox.pop3</code><para>Keeps a folder of all messages; run again, it brings what is new.</para></example>
/// <example><code>Save-Pop3Message pop.example.com -Path ~/Maildir -Maildir -Credential $john -StatePath ~/.pop3-state -Remove</code><para>Fetches mail into a Maildir, as getmail, fetchmail and mpop do.</para></example>
/// <example><code>Save-Pop3Message pop.example.com -Path ./inbox -Credential $john -StatePath ./inbox.pop3 -RemoveAfterDays 14</code><para>Leaves messages on the server for two weeks after they were saved.</para></example>
/// <example><code>Import-Csv accounts.csv | ForEach-Object -Parallel { Save-Pop3Message $_.Server -Path "./mail/$($_.User)" -Credential ([pscredential]::new($_.User, ($_.Password | ConvertTo-SecureString))) -StatePath ./accounts.pop3 -Remove -Confirm:$false }</code><para>Fetches the mail of many accounts at once, with one file that remembers.</para></example>
[Cmdlet(VerbsData.Save, "Pop3Message", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true)]
[OutputType(typeof(SavedPop3Message))]
public sealed class SavePop3MessageCommand : Pop3Cmdlet
{
    private const string Inbox = "INBOX";

    /// <summary>The folder for the files, or with Maildir the Maildir. It is made if it is not there.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Saves into a Maildir, where servers and programs of mail find the messages as new.</summary>
    [Parameter]
    public SwitchParameter Maildir { get; set; }

    /// <summary>The Maildir's folder, by its full name; INBOX unless given. It is made if it is not there.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Folder { get; set; } = Inbox;

    /// <summary>A file that remembers which messages were saved, by their unique ids: only new ones are fetched. It is made if it is not there.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StatePath { get; set; }

    /// <summary>Deletes from the server what was saved, in this run or an earlier one that StatePath remembers.</summary>
    [Parameter]
    public SwitchParameter Remove { get; set; }

    /// <summary>Deletes from the server what was saved so many days ago, or more, by StatePath.</summary>
    [Parameter]
    [ValidateRange(0, 36500)]
    public int? RemoveAfterDays { get; set; }

    /// <summary>The unique ids of the messages wanted; all unless given. Ids that are not in the mailbox are passed over.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Uidl { get; set; }

    /// <summary>How many messages to save at the most, from the oldest.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <summary>Messages with fewer octets, such as 10MB, by the server's listing. The others stay new.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? SmallerThan { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (RemoveAfterDays is not null && StatePath is null)
            Refuse("-RemoveAfterDays needs -StatePath, which remembers when a message was saved.");
        if (RemoveAfterDays is not null && Remove)
            Refuse("-Remove deletes at once, -RemoveAfterDays later: give one of them.");
        if (Folder != Inbox && !Maildir)
            Refuse("-Folder is one of a Maildir: add -Maildir, or name the folder for files with -Path.");
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var path = GetUnresolvedProviderPathFromPSPath(Path);
        var statePath = StatePath is null ? null : GetUnresolvedProviderPathFromPSPath(StatePath);
        Start(Place(), (at, cancel) => SaveAsync(at, path, statePath, cancel));
    }

    private async Task SaveAsync(Pop3Place at, string path, string? statePath, CancellationToken cancel)
    {
        var name = at.Name;
        await using var state = await OpenStateAsync(statePath, at, cancel).ConfigureAwait(false);
        await using var target = IsWhatIf ? null : await OpenTargetAsync(path, cancel).ConfigureAwait(false);
        await using var mailbox = await OpenAsync(at, cancel).ConfigureAwait(false);
        var wanted = new List<Pop3Entry>();
        var fresh = await mailbox.SelectAsync(Uidl, state, cancel).ConfigureAwait(false);
        foreach (var entry in fresh.Where(entry => SmallerThan is null || entry.Size < SmallerThan).Take(First ?? int.MaxValue))
        {
            if (await ShouldProcessAsync(NameOf(entry, at), $"Save to {path}{(Remove ? " and delete from the server" : "")}").ConfigureAwait(false))
                wanted.Add(entry);
        }

        var total = wanted.Sum(entry => entry.Size);
        var began = Environment.TickCount64;
        var saver = new Pop3Saver(mailbox, target!, state)
        {
            Removes = Remove,
            Tell = came => ShowAsync(name, came, total, began),
            Refused = (entry, why) => ErrorAsync(why, entry.Uidl ?? (object)entry.Number),
        };
        var saved = 0;
        try
        {
            await SaveAsync(wanted).ConfigureAwait(false);
            var old = await OldAsync(mailbox, saver, state, at, cancel).ConfigureAwait(false);
            (total, began) = (old.Sum(entry => entry.Size), Environment.TickCount64);
            await SaveAsync(old).ConfigureAwait(false);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not MailOps.Wire.MailSessionException)
        {
            // A disk that is full does not undo what was saved before.
            await ErrorAsync(e, name).ConfigureAwait(false);
        }

        await TellAsync(await saver.EndAsync(cancel).ConfigureAwait(false)).ConfigureAwait(false);
        await VerboseAsync(string.Create(CultureInfo.InvariantCulture, $"{saved} messages of {name} were saved to {path}.")).ConfigureAwait(false);
        if (state is { Renumbered: > 0 })
            await WarningAsync(string.Create(CultureInfo.InvariantCulture, $"{mailbox.Server} has given its messages other unique ids. {state.Renumbered} were known by their octets and not saved again.")).ConfigureAwait(false);
        if (saver.Reused > 0)
            await WarningAsync(string.Create(CultureInfo.InvariantCulture, $"Messages of {mailbox.Server} have unique ids that were remembered, and are not known to be the messages that were saved. {saver.Reused} were saved too.")).ConfigureAwait(false);

        async Task SaveAsync(IReadOnlyList<Pop3Entry> entries)
        {
            await foreach (var message in saver.SaveAsync(entries, cancel).ConfigureAwait(false))
            {
                saved++;
                await OutputAsync(message).ConfigureAwait(false);
            }
        }
    }

    // What an earlier run saved, and did not or was not to delete, and has to be read for that. What this run saved and is to be deleted already is marked.
    private async Task<IReadOnlyList<Pop3Entry>> OldAsync(Pop3Mailbox mailbox, Pop3Saver saver, Pop3State? state, Pop3Place at, CancellationToken cancel)
    {
        if (state is null || (!Remove && RemoveAfterDays is null))
            return [];
        var old = new List<Pop3Entry>();
        var limit = TimeProvider.System.GetUtcNow().AddDays(-(RemoveAfterDays ?? 0));
        foreach (var entry in await mailbox.ListAsync(cancel).ConfigureAwait(false))
        {
            if (state.TimeOf(entry) is { } time && time <= limit && !saver.IsMarked(entry) && Uidl?.Contains(entry.Uidl) != false
                && await ShouldProcessAsync(NameOf(entry, at), "Delete from the server, saved already").ConfigureAwait(false))
            {
                if (saver.IsSaved(entry))
                    saver.Mark(entry);
                else
                    old.Add(entry);
            }
        }

        return old;
    }

    private async Task<IMessageTarget> OpenTargetAsync(string path, CancellationToken cancel) =>
        Maildir ? await MaildirTarget.OpenAsync(path, Folder, cancel).ConfigureAwait(false) : EmlFolder.Open(path);

    private ValueTask ShowAsync(string name, long came, long total, long began)
    {
        var seconds = (Environment.TickCount64 - began) / 1000.0;
        var rate = seconds < 1 ? 0 : came / seconds;
        return ProgressAsync(new ProgressRecord(1, $"Saving messages of {name}", string.Create(CultureInfo.InvariantCulture, $"{came / 1048576.0:0.0} of {total / 1048576.0:0.0} MiB, {rate / 1048576:0.0} MiB a second"))
        {
            PercentComplete = total == 0 ? -1 : (int)Math.Clamp(came * 100 / total, 0, 100),
            SecondsRemaining = rate > 0 ? (int)Math.Min(int.MaxValue, Math.Max(0, total - came) / rate) : -1,
        });
    }

    private void Refuse(string message) => ThrowTerminatingError(Runtime.ErrorRecords.Finding("InvalidArgument", ErrorCategory.InvalidArgument, message, targetObject: null));
}
