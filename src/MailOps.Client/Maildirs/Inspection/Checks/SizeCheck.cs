using MailOps.Client.Probes;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Sizes in names that are not those of the files.</summary>
internal sealed class SizeCheck : MaildirCheck
{
    internal override string Name => "WrongSizes";

    internal override string Passed => "The sizes in names are those of the files.";

    internal override string Source => "Maildir++, message sizes in file names";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        var compressed = new List<string>();
        foreach (var below in folder.Messages)
        {
            var named = FolderScan.BaseOf(below);
            var onDisk = MessageFileName.SizeIn(named, 'S');
            var asSent = MessageFileName.SizeIn(named, 'W');
            if ((onDisk < 0 && asSent < 0) || folder.Facts(below) is not { Length: > 0 } facts)
                continue;
            var isWrong = onDisk >= 0 && onDisk != facts.Length;
            var isOddAsSent = asSent >= 0 && (asSent < facts.Length || (folder.ReadsContent && asSent != AsSent(folder, below)));
            if (!isWrong && !isOddAsSent)
                continue;
            var path = folder.PathOf(below);
            if (IsCompressed(folder, path))
            {
                compressed.Add(Path.GetFileName(below));
                continue;
            }

            yield return new Damage(
                FindingStatus.Fail,
                isWrong
                    ? $"A name in {folder.Mailbox} says S={onDisk}, and the file has {facts.Length} octets: clients read it cut off or stop. Renamed, the message gets a new UID."
                    : $"A name in {folder.Mailbox} says W={asSent}, which is not its size with CRLF line ends: clients read it cut off or stop. Renamed, the message gets a new UID.",
                path,
                new DamageFix(path, "Rename it with its real sizes", site => site.LockedAsync(folder, () => Rename(site, folder, below))));
        }

        if (compressed.Count > 0)
            yield return new Damage(FindingStatus.Warning, $"{Count(compressed.Count, "message", "messages")} in {folder.Mailbox} {(compressed.Count == 1 ? "is" : "are")} compressed, as Dovecot's zlib plugin does it: the sizes in the names are those of the mail. Programs without that plugin, this one among them, show the octets as they lie. It is left as it is.", Some(compressed));
    }

    // gzip, bzip2, xz, zstd, and Dovecot's own header of lz4.
    private static bool IsCompressed(FolderScan folder, string path)
    {
        Span<byte> start = stackalloc byte[11];
        var read = start[..Math.Max(folder.Disk.ReadStart(path, start), 0)];
        return read.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || read.StartsWith("BZh"u8)
            || read.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]) || read.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) || read.StartsWith("Dovecot-LZ4"u8);
    }

    private static long AsSent(FolderScan folder, string below)
    {
        var octets = folder.Disk.ReadAll(folder.PathOf(below)) ?? [];
        long size = octets.Length;
        for (var i = 0; i < octets.Length; i++)
            size += octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r') ? 1 : 0;
        return size;
    }

    private static string Rename(RepairSite site, FolderScan folder, string below)
    {
        if (site.Disk.Stat(folder.PathOf(below)) is not { } facts)
            return "It was gone already.";
        var name = Path.GetFileName(below);
        var named = FolderScan.BaseOf(below);
        var comma = named.IndexOf(',', StringComparison.Ordinal);
        var renamed = UniqueNames.WithSizes(comma < 0 ? named : named[..comma], facts.Length, AsSent(folder, below)) + name[named.Length..];
        var target = folder.PathOf(Path.Join(Path.GetDirectoryName(below), renamed));
        if (site.Disk.Stat(target) is not null)
            return $"It was left alone: '{renamed}' is there already.";
        return site.Disk.Rename(folder.PathOf(below), target) ? $"It is '{renamed}' now." : "It was gone already.";
    }
}
