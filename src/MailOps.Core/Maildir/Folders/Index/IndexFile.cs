using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders.Log;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders.Index;

/// <summary>
/// The file <c>mailops-index</c>: the entries of a folder as they were when its directories stood still, so that a large folder opens
/// without reading them. A cache: it is never synced, may be deleted at any time, and is used only as long as the times of the
/// directories, the list and the log are the ones that it was made of.
/// </summary>
internal static class IndexFile
{
    internal const string FileName = "mailops-index";

    private const uint Salt = 0x6D6F6978;
    private const uint Most = 100_000_000;

    /// <summary>What is to be written: header, records, strings, names.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static IndexContent ContentOf(IndexHeader header, ReadOnlySpan<FolderEntry> entries)
    {
        var records = new IndexRecord[entries.Length];
        var strings = new StringTable();
        var nameLength = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = entries[i];
            records[i] = new IndexRecord
            {
                Uid = entry.Uid,
                NameLength = (ushort)entry.Name.Length,
                State = (byte)((entry.InNew ? IndexRecord.InNew : 0) | (entry.RecentUnclaimed ? IndexRecord.Recent : 0)),
                Info = strings.NumberOf(entry.Info),
                Extensions = strings.NumberOf(entry.Extensions),
                Size = entry.Size,
                ModSeq = entry.ModSeq,
                ModifiedTicks = entry.ModifiedTicks,
            };
            nameLength += entry.Name.Length;
        }

        var names = new byte[nameLength];
        var at = 0;
        foreach (var entry in entries)
        {
            entry.Name.Octets.CopyTo(names.AsSpan(at));
            at += entry.Name.Length;
        }

        var infos = strings.Format();
        header.Signature = IndexHeader.Magic;
        header.Count = (uint)entries.Length;
        header.InfoLength = infos.Length;
        header.NameLength = names.Length;
        header.Checksum = 0;
        var recordOctets = MemoryMarshal.AsBytes(records.AsSpan()).ToArray();
        header.Checksum = ChecksumOf(header, recordOctets, infos, names);
        return new IndexContent([OctetsOf(header), recordOctets, infos, names]);
    }

    /// <summary>Reads an index whose header a folder finds right.</summary>
    /// <returns>Null if there is none, or any of it is not as it was written.</returns>
    internal static List<FolderEntry>? Read(IMaildirDisk disk, string path, Func<IndexHeader, bool> isRight)
    {
        using var file = disk.OpenFile(path, forAppend: false);
        if (file is null)
            return null;
        var start = new byte[IndexHeader.Length];
        if (file.Read(start, 0) != start.Length)
            return null;
        var header = MemoryMarshal.Read<IndexHeader>(start);
        var length = file.Facts.Length;
        if (header.Signature != IndexHeader.Magic || header.Count > Most || header.InfoLength < 0 || header.NameLength < 0
            || header.InfoLength > length || header.NameLength > length || header.NameLength > Array.MaxLength
            || length != start.Length + (header.Count * (long)IndexRecord.Length) + header.InfoLength + header.NameLength
            || !isRight(header))
        {
            return null;
        }

        // The names stay where they are read to; the records go.
        var records = new byte[header.Count * IndexRecord.Length];
        var infos = new byte[header.InfoLength];
        var names = new byte[header.NameLength];
        long at = start.Length;
        foreach (var part in (ReadOnlySpan<byte[]>)[records, infos, names])
        {
            if (file.Read(part, at) != part.Length)
                return null;
            at += part.Length;
        }

        var checksum = header.Checksum;
        header.Checksum = 0;
        return ChecksumOf(header, records, infos, names) == checksum
            ? Entries(MemoryMarshal.Cast<byte, IndexRecord>(records), StringTable.Parse(infos), names)
            : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static List<FolderEntry>? Entries(ReadOnlySpan<IndexRecord> records, List<string> strings, byte[] names)
    {
        var entries = new List<FolderEntry>(records.Length);
        var (name, last) = (0, 0u);
        foreach (ref readonly var record in records)
        {
            if (record.Uid <= last || name + record.NameLength > names.Length || (uint)record.Info >= strings.Count || (uint)record.Extensions >= strings.Count)
                return null;
            last = record.Uid;
            entries.Add(new FolderEntry(new MessageName(names, name, record.NameLength), strings[record.Info], (record.State & IndexRecord.InNew) != 0)
            {
                State = EntryState.Live,
                Uid = record.Uid,
                Size = record.Size,
                ModSeq = record.ModSeq,
                ModifiedTicks = record.ModifiedTicks,
                Extensions = strings[record.Extensions],
                RecentUnclaimed = (record.State & IndexRecord.Recent) != 0,
            });
            name += record.NameLength;
        }

        return entries;
    }

    private static uint ChecksumOf(IndexHeader header, params ReadOnlySpan<byte[]> parts)
    {
        var sum = ChangeRecord.Checksum(OctetsOf(header), Salt);
        foreach (var part in parts)
            sum = ChangeRecord.Checksum(part, sum);
        return sum;
    }

    private static byte[] OctetsOf(IndexHeader header)
    {
        var octets = new byte[IndexHeader.Length];
        MemoryMarshal.Write(octets, in header);
        return octets;
    }

    /// <summary>Each string once; number 0 is the empty one. On disk with a line feed behind each: neither infos nor fields have one.</summary>
    private sealed class StringTable
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal) { [""] = 0 };

        internal static List<string> Parse(ReadOnlySpan<byte> octets)
        {
            var strings = new List<string> { "" };
            while (octets.IndexOf((byte)'\n') is >= 0 and var end)
            {
                strings.Add(Encoding.UTF8.GetString(octets[..end]));
                octets = octets[(end + 1)..];
            }

            return strings;
        }

        internal int NumberOf(string text)
        {
            if (!_numbers.TryGetValue(text, out var number))
                _numbers.Add(text, number = _numbers.Count);
            return number;
        }

        internal byte[] Format()
        {
            var text = new StringBuilder();
            foreach (var one in _numbers.OrderBy(pair => pair.Value).Skip(1))
                text.Append(one.Key).Append('\n');
            return Encoding.UTF8.GetBytes(text.ToString());
        }
    }
}
