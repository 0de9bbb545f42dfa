using System.Text;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>The Maildirs that a program keeps equal to a server's mailboxes, changed as a mail program would change them.</summary>
internal sealed class LocalMaildirs(PrivateFolder home, string name)
{
    private int _number;

    /// <summary>The folder in which they lie.</summary>
    public string Path { get; } = Directory.CreateDirectory(home.Of(name)).FullName;

    /// <summary>The folder of one.</summary>
    public string Of(string maildir) => System.IO.Path.Combine(Path, maildir);

    /// <summary>All of them.</summary>
    public string[] Names() =>
        [.. Directory.GetDirectories(Path, "cur", SearchOption.AllDirectories).Select(cur => System.IO.Path.GetRelativePath(Path, System.IO.Path.GetDirectoryName(cur)!)).Order(StringComparer.Ordinal)];

    /// <summary>The files of all messages.</summary>
    public string[] Files() => [.. Names().SelectMany(Messages)];

    /// <summary>The messages of one, each as its subject and its flags by IMAP's names, in their order.</summary>
    public string[] Shown(string maildir) => [.. Messages(maildir).Select(file => string.Join(' ', [Subject(file), .. Flags(file)])).Order(StringComparer.Ordinal)];

    /// <summary>Gives a message the flags of a Maildir, such as <c>FS</c>.</summary>
    public void SetFlags(string maildir, string subject, string flags)
    {
        var file = Find(maildir, subject);
        File.Move(file, System.IO.Path.Combine(Of(maildir), "cur", Name(file) + ":2," + flags));
    }

    /// <summary>Removes a message.</summary>
    public void Remove(string maildir, string subject) => File.Delete(Find(maildir, subject));

    /// <summary>Moves a message into another, by a name of its own.</summary>
    public void Move(string maildir, string subject, string target)
    {
        var file = Find(maildir, subject);
        Put(target, File.ReadAllBytes(file), file.Split(":2,") is [_, var flags] ? flags : "");
        File.Delete(file);
    }

    /// <summary>Puts a message into one, which is made if it is not there.</summary>
    public void Put(string maildir, byte[] message, string flags)
    {
        foreach (var part in new[] { "new", "cur", "tmp" })
            Directory.CreateDirectory(System.IO.Path.Combine(Of(maildir), part));
        var text = Encoding.UTF8.GetString(message).Replace("\r\n", "\n", StringComparison.Ordinal);
        File.WriteAllText(System.IO.Path.Combine(Of(maildir), "cur", FormattableString.Invariant($"1800000000.M{++_number}P1.here:2,{flags}")), text);
    }

    private IEnumerable<string> Messages(string maildir) =>
        new[] { "new", "cur" }.SelectMany(part => Directory.GetFiles(System.IO.Path.Combine(Of(maildir), part))).Order(StringComparer.Ordinal);

    private string Find(string maildir, string subject) => Assert.Single(Messages(maildir), file => Subject(file) == subject);

    private static string Subject(string file) =>
        MimeKit.MimeMessage.Load(file).Subject ?? "";

    private static string Name(string file) => System.IO.Path.GetFileName(file).Split(":2,")[0];

    private static IEnumerable<string> Flags(string file)
    {
        var flags = file.Split(":2,") is [_, var letters] ? letters : "";
        return new[] { ('R', "\\Answered"), ('T', "\\Deleted"), ('D', "\\Draft"), ('F', "\\Flagged"), ('S', "\\Seen") }.Where(one => flags.Contains(one.Item1, StringComparison.Ordinal)).Select(one => one.Item2);
    }
}
