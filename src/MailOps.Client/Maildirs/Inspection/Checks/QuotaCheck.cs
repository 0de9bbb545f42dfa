using MailOps.Client.Probes;
using MailOps.Maildir.Quota;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>The sum in <c>maildirsize</c>.</summary>
internal sealed class QuotaCheck : MaildirCheck
{
    private readonly List<FolderScan> _folders = [];
    private int? _expected;

    internal override string Name => "Quota";

    internal override string Passed => "The quota's sum is what the Maildir holds, or there is no quota.";

    internal override string Source => "Maildir++, maildirsize";

    internal override bool NeedsAllFolders => true;

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        _folders.Add(folder);
        _expected ??= folder.Source.Folders().Count;
        if (_folders.Count < _expected)
            yield break;
        var path = Path.Join(folder.Source.Root, MaildirSize.FileName);
        if (folder.Disk.ReadAll(path) is not { } octets)
            yield break;
        var messages = _folders.Sum(one => one.New.Count + one.Cur.Count);
        var bytes = _folders.Sum(one => one.Messages.Sum(below => AccountQuotas.SizeOf(one.Disk, FolderScan.BaseOf(below), one.PathOf(below))));
        if (MaildirSize.Parse(octets) is { } sum && sum.Bytes == bytes && sum.Messages == messages)
            yield break;
        yield return new Damage(
            FindingStatus.Warning,
            $"The quota's file says {(MaildirSize.Parse(octets) is { } said ? $"{said.Bytes} octets in {said.Messages} messages" : "nothing that can be read")}, and there are {bytes} octets in {messages}.",
            path,
            new DamageFix(path, "Count anew", async site => await site.CountAsync().ConfigureAwait(false) is { } usage ? $"It says {usage.Bytes} octets in {usage.Messages} messages now." : "The file was gone already."));
    }
}
