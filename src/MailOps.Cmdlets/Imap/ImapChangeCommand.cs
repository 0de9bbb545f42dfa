using System.Globalization;
using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Imap;

/// <summary>The base of cmdlets that change messages of an IMAP account: those that come one after the other from one folder are changed together.</summary>
public abstract class ImapChangeCommand : ImapCmdlet
{
    // One command of the server is about so many.
    private const int MostTogether = 1000;

    // A target in a question or an error names some.
    private const int MostNamed = 5;

    private readonly List<uint> _waiting = [];
    private ListedFolder _folder = "INBOX";

    /// <summary>The UIDs of the messages, from Get-ImapMessage. Those that are not there any more are errors, and the others are changed.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public uint[] Uid { get; set; } = [];

    /// <summary>The folder's UIDVALIDITY when the messages were listed, from Get-ImapMessage (RFC 9051 section 2.3.1.1). If it is another by now, the folder was made anew or restored: that is the error UidValidityChanged, and nothing is changed. Not looked at unless given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public uint? UidValidity { get; set; }

    /// <summary>The folder's full name, levels separated as the server does; INBOX unless given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Folder { get; set; } = "INBOX";

    /// <summary>What is done, for -WhatIf and -Confirm.</summary>
    private protected abstract string Action { get; }

    /// <summary>Changes messages.</summary>
    /// <returns>The UIDs of those that were there.</returns>
    private protected abstract Task<IEnumerable<uint>> ChangeAsync(ImapAccount account, ListedFolder folder, IReadOnlyList<uint> uids, CancellationToken cancel);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var folder = new ListedFolder(Folder, UidValidity);
        if (_waiting.Count > 0 && (folder != _folder || _waiting.Count + Uid.Length > MostTogether))
            Change();
        _folder = folder;
        _waiting.AddRange(Uid);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Change();
        base.EndProcessing();
    }

    private void Change()
    {
        var (folder, uids) = (_folder, _waiting.Distinct().ToList());
        _waiting.Clear();
        if (uids.Count == 0)
            return;
        StartWithAccount(async (account, cancel) =>
        {
            foreach (var some in uids.Chunk(MostTogether))
            {
                if (!await ShouldProcessAsync(NameOf(folder.Name, some), Action).ConfigureAwait(false))
                    continue;
                var changed = (await ChangeAsync(account, folder, some, cancel).ConfigureAwait(false)).ToHashSet();
                foreach (var missing in some.Where(uid => !changed.Contains(uid)))
                    await ErrorAsync("MessageNotFound", ErrorCategory.ObjectNotFound, string.Create(CultureInfo.InvariantCulture, $"There is no message {missing} in {folder.Name}. It was deleted or moved, or the UIDs are of another folder."), missing).ConfigureAwait(false);
            }
        });
    }

    private static string NameOf(string folder, uint[] uids)
    {
        var named = string.Join(", ", uids.Take(MostNamed).Select(uid => uid.ToString(CultureInfo.InvariantCulture)));
        return uids.Length == 1
            ? $"message {named} in {folder}"
            : string.Create(CultureInfo.InvariantCulture, $"{uids.Length} messages in {folder} ({named}{(uids.Length > MostNamed ? ", …" : "")})");
    }
}
