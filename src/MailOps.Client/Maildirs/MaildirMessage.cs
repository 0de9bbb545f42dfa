using System.Diagnostics.CodeAnalysis;
using MailOps.Client.Mailboxes;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;

namespace MailOps.Client.Maildirs;

/// <summary>A message in a Maildir. Its file is read when a field, Raw or Message is first asked for; what was removed meanwhile gives null.</summary>
public sealed class MaildirMessage : MailboxItem
{
    // Enough for nearly every header; what is longer is read again, whole.
    private const int FirstRead = 16 * 1024;

    [SetsRequiredMembers]
    internal MaildirMessage(MaildirSource source, string folder, string folderPath, MessageFile file, KeywordTable keywords, int number, FileFacts facts)
        : base(() => Read(folderPath, file, headerOnly: true), () => Read(folderPath, file, headerOnly: false))
    {
        Path = source.Root;
        LayoutKind = source.Layout.Kind;
        Folder = folder;
        FullName = file.PathIn(folderPath);
        UniqueName = file.Base;
        Uid = file.Uid == 0 ? null : file.Uid;
        Flags = file.FlagNames(keywords);
        InternalDate = facts.Modified;
        Number = number;
        Size = file.Size >= 0 ? file.Size : facts.Length;
    }

    /// <summary>The Maildir's directory.</summary>
    public string Path { get; }

    /// <summary>The folder's full name; INBOX for the Maildir itself.</summary>
    public string Folder { get; }

    /// <summary>How the Maildir's folders lie: MaildirPlusPlus or Fs.</summary>
    public string Layout => LayoutKind.ToString();

    /// <summary>The message's file as it was found. Other programs rename it when its flags change.</summary>
    public string FullName { get; }

    /// <summary>The part of the file's name that stays as long as the message is in its folder.</summary>
    public string UniqueName { get; }

    /// <summary>The message's UID in its folder; null if no program has given it one yet.</summary>
    public uint? Uid { get; }

    /// <summary>System flags such as <c>\Seen</c>, then keywords.</summary>
    public IReadOnlyList<string> Flags { get; }

    /// <summary>When the message arrived: its file's time.</summary>
    public DateTimeOffset InternalDate { get; }

    internal MaildirLayout LayoutKind { get; }

    /// <summary>The folder, the UID and the file's unique name.</summary>
    public override string ToString() => $"{Folder}/{(Uid is { } uid ? uid : UniqueName)}";

    private static byte[]? Read(string folder, MessageFile file, bool headerOnly)
    {
        using IMaildirDisk plain = OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk();
        var disk = OwnersDisk.Wrap(plain, folder);
        var path = file.PathIn(folder);
        if (disk.Stat(path) is null && FolderContents.Find(disk, folder, file.Base) is { } moved)
            path = moved;
        if (headerOnly)
        {
            var first = new byte[FirstRead];
            var count = disk.ReadStart(path, first);
            if (count < 0)
                return null;
            var read = first.AsSpan(0, count);
            if (count < FirstRead || read.IndexOf("\n\n"u8) >= 0 || read.IndexOf("\n\r\n"u8) >= 0)
                return read.ToArray();
        }

        return disk.ReadAll(path) is { } octets ? WithCrlf(octets) : null;
    }

    // As it is sent: a file with bare LFs is turned into lines that end with CRLF.
    private static byte[] WithCrlf(byte[] octets)
    {
        var bare = 0;
        for (var i = 0; i < octets.Length; i++)
            bare += IsBare(octets, i) ? 1 : 0;
        if (bare == 0)
            return octets;
        var result = new byte[octets.Length + bare];
        var end = 0;
        for (var i = 0; i < octets.Length; i++)
        {
            if (IsBare(octets, i))
                result[end++] = (byte)'\r';
            result[end++] = octets[i];
        }

        return result;
    }

    private static bool IsBare(byte[] octets, int i) => octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r');
}
