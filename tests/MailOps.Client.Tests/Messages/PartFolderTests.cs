using System.Text;
using MailOps.Client.Messages;
using Xunit;

namespace MailOps.Client.Tests.Messages;

/// <summary>Names that strangers give to files: none leads out of the folder, and each is one that every system takes.</summary>
public sealed class PartFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mailops-").FullName;

    private string Folder => Path.Join(_root, "in");

    public static TheoryData<string?, string> Names => new()
    {
        { null, "part-1.bin" },
        { "", "part-1.bin" },
        { "   ", "part-1.bin" },
        { ".", "part-1.bin" },
        { "..", "part-1.bin" },
        { "../../etc/passwd", "passwd" },
        { "..\\..\\Windows\\win.ini", "win.ini" },
        { "/etc/passwd", "passwd" },
        { "\\\\server\\share\\x.txt", "x.txt" },
        { "C:\\x.txt", "x.txt" },
        { "C:x.txt", "C_x.txt" },
        { "a.txt:evil.exe", "a.txt_evil.exe" },
        { "a.txt::$DATA", "a.txt__$DATA" },
        { "folder/", "part-1.bin" },
        { "CON", "_CON" },
        { "con.txt", "_con.txt" },
        { "nul .txt", "_nul .txt" },
        { "Aux.tar.gz", "_Aux.tar.gz" },
        { "COM1", "_COM1" },
        { "lpt².doc", "_lpt².doc" },
        { "CONIN$", "_CONIN$" },
        { "console.txt", "console.txt" },
        { "name. . .", "name" },
        { "name.txt   ", "name.txt" },
        { "  name.txt", "name.txt" },
        { "name.exe\u00a0", "name.exe" },
        { ".bashrc", "_bashrc" },
        { "-rf", "_rf" },
        { "a\r\nb\tc\0d\u001b[31m.txt", "a__b_c_d_[31m.txt" },
        { "photo\u202Egpj.exe", "photo_gpj.exe" },
        { "a\u200Bb\uFEFFc\u2066.txt", "a_b_c_.txt" },
        { "<>\"|?*", "part-1.bin" },
        { "what?.txt", "what_.txt" },
        { "\uD800x.txt", "_x.txt" },
        { "Cafe\u0301.txt", "Café.txt" },
        { "日本語.pdf", "日本語.pdf" },
        { "a%2fb.txt", "a%2fb.txt" },
        { "~", "~" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_is_made_safe(string? name, string expected)
    {
        var safe = SafeFileName.Of(name, "application/octet-stream", "1");
        Assert.Equal(expected, safe);
        var saved = new PartFolder(Folder).Save(Part(safe), isOverwriting: false);
        Assert.Equal(Folder, saved.DirectoryName);
        Assert.Equal([Folder], Directory.GetFileSystemEntries(_root));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ä")]
    [InlineData("😀")]
    public void A_name_that_is_too_long_is_cut_and_keeps_its_extension(string letter)
    {
        var safe = SafeFileName.Of(string.Concat(Enumerable.Repeat(letter, 300)) + ".tar.pdf", "application/pdf", "1");
        Assert.True(Encoding.UTF8.GetByteCount(safe) <= 200);
        Assert.EndsWith(".pdf", safe, StringComparison.Ordinal);
        Assert.StartsWith(letter + letter, safe, StringComparison.Ordinal);
        Assert.True(Encoding.UTF8.GetByteCount(SafeFileName.Of(new string('.', 300) + new string('x', 300), "a/b", "1")) <= 200);
        var folder = new PartFolder(Folder);
        Assert.Equal(3, Enumerable.Range(0, 3).Select(_ => folder.Save(Part(safe), isOverwriting: false).Name).Distinct().Count());
    }

    [Fact]
    public void Names_that_differ_in_case_or_composition_alone_are_numbered()
    {
        var folder = new PartFolder(Folder);
        string[] given = ["Report.pdf", "report.PDF", "REPORT.pdf", "Café", "Cafe\u0301"];
        var names = given.Select(name => folder.Save(Part(SafeFileName.Of(name, "a/b", "1")), isOverwriting: false).Name).ToList();
        Assert.Equal(["Report.pdf", "report (2).PDF", "REPORT (3).pdf", "Café", "Café (2)"], names);

        // What was there before counts as well.
        Assert.Equal("rePort (4).pdf", new PartFolder(Folder).Save(Part("rePort.pdf"), isOverwriting: false).Name);
    }

    [Fact]
    public void What_is_there_is_not_touched_and_links_are_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        Directory.CreateDirectory(Folder);
        var outside = Path.Join(_root, "outside.txt");
        File.WriteAllText(outside, "mine");
        File.CreateSymbolicLink(Path.Join(Folder, "link.txt"), outside);
        File.CreateSymbolicLink(Path.Join(Folder, "dangling.txt"), Path.Join(_root, "made.txt"));
        Directory.CreateDirectory(Path.Join(Folder, "folder.txt"));

        var folder = new PartFolder(Folder);
        foreach (var name in new[] { "link.txt", "dangling.txt", "folder.txt" })
            Assert.Equal(SafeFileName.Numbered(name, 2), folder.Save(Part(name), isOverwriting: false).Name);

        // A link that comes after the folder was looked at is not followed either.
        File.CreateSymbolicLink(Path.Join(Folder, "late.txt"), outside);
        Assert.Equal("late (2).txt", folder.Save(Part("late.txt"), isOverwriting: false).Name);
        Assert.Equal("mine", File.ReadAllText(outside));
        Assert.False(File.Exists(Path.Join(_root, "made.txt")));
    }

    [Fact]
    public void What_is_replaced_is_the_link_and_not_what_it_leads_to()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        Directory.CreateDirectory(Folder);
        var outside = Path.Join(_root, "outside.txt");
        File.WriteAllText(outside, "mine");
        File.CreateSymbolicLink(Path.Join(Folder, "a.txt"), outside);
        Directory.CreateDirectory(Path.Join(Folder, "folder.txt"));
        var folder = new PartFolder(Folder);
        var saved = folder.Save(Part("a.txt"), isOverwriting: true);
        Assert.Equal("a.txt", saved.Name);
        Assert.Null(saved.LinkTarget);
        Assert.Equal("mine", File.ReadAllText(outside));

        // Two parts of one name do not replace each other.
        Assert.Equal("a (2).txt", folder.Save(Part("a.txt"), isOverwriting: true).Name);
        Assert.Throws<IOException>(() => folder.Save(Part("folder.txt"), isOverwriting: true));
        Assert.Equal(3, Directory.GetFileSystemEntries(Folder).Length);
    }

    [Theory]
    [InlineData("Content-Disposition: attachment; filename*=utf-8''..%2f..%2fna%C3%AFve%00.txt", "naïve_.txt")]
    [InlineData("Content-Disposition: attachment; filename*0*=utf-8''%2e%2e%5c; filename*1*=%e2%80%aex.exe", "_x.exe")]
    [InlineData("Content-Disposition: attachment; filename=\"=?utf-8?q?=2E=2E/=C3=A4.pdf?=\"", "ä.pdf")]
    [InlineData("Content-Type: application/pdf; name=\"=?utf-8?b?Li4vLi4vw6QucGRm?=\"\r\nContent-Disposition: attachment", "ä.pdf")]
    [InlineData("Content-Disposition: attachment; filename=\"..\\\\..\\\\a.exe\"", "a.exe")]
    public void Names_are_decoded_before_they_are_made_safe(string fields, string expected)
    {
        var part = Assert.Single(MimePartReader.Read($"Subject: x\r\n{fields}\r\n\r\nx\r\n"));
        Assert.Equal(expected, part.SafeFileName);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static MimePartInfo Part(string safe) => new()
    {
        Part = "1",
        MediaType = "a/b",
        Charset = null,
        FileName = safe,
        SafeFileName = safe,
        ContentId = null,
        IsAttachment = true,
        Encoding = null,
        Size = 1,
        Content = [1],
        Text = null,
        Subject = null,
        MessageId = null,
    };
}
