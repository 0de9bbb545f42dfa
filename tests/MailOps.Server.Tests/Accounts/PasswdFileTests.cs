using System.Text;
using CsCheck;
using MailOps.Server.Accounts;
using MailOps.Server.Accounts.Files;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

public sealed class PasswdFileTests
{
    private const string Stored = "{SSHA}BojpBQyKB7/knF2uTxuI9gNHrVVeNMz1";
    private static readonly AccountSecret Secret = AccountSecret.FromHash(Stored);

    // Lines of all kinds: accounts, comments, broken ones, octets of no encoding, with LF, CRLF or nothing at the end.
    private static readonly Gen<byte[]> AnyLine = Gen.OneOf(
        OneOf("", "# comment", "  ", "joe@example.com:{PLAIN}x:1000:1000::/home/joe::userdb_mail=maildir:/x/y allow_nets=::1", "no colon", ":no name", "bare:x", "dup@example.com:a", "dup@example.com:b", "two@x@y:z")
            .Select(Encoding.UTF8.GetBytes),
        Gen.Byte.Where(octet => octet != '\n').Array[0, 40]);

    private static readonly Gen<byte[]> AnyFile = Gen.Select(
        Gen.Select(AnyLine, OneOf("\n", "\r\n"), (line, end) => (byte[])[.. line, .. Encoding.UTF8.GetBytes(end)]).Array[0, 12],
        Gen.OneOf(Gen.Const(Array.Empty<byte>()), AnyLine),
        (lines, last) => (byte[])[.. lines.SelectMany(line => line), .. last]);

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(at => texts[at]);

    [Fact]
    public void Reading_and_writing_keeps_every_octet() =>
        AnyFile.Sample(octets => PasswdContent.Read(octets).ToBytes().AsSpan().SequenceEqual(octets), iter: 2000);

    [Fact]
    public void Adding_and_removing_an_account_gives_the_same_octets_back() =>
        AnyFile.Sample(
            octets =>
            {
                var before = PasswdContent.Read(octets);
                if (before.Find("new@example.org") is not null)
                    return true;
                var after = PasswdContent.Read(before.With(PasswdEntry.Create("new@example.org", Secret)).ToBytes()).Without("new@example.org").ToBytes();
                // Only the end that the last line lacked was added.
                return after.AsSpan().SequenceEqual(octets) || (after.AsSpan(0, octets.Length).SequenceEqual(octets) && after.Length == octets.Length + 1 && after[^1] == '\n');
            },
            iter: 2000);

    [Fact]
    public void Every_line_is_an_account_a_comment_or_a_problem() =>
        AnyFile.Sample(
            octets =>
            {
                var content = PasswdContent.Read(octets);
                var lines = octets.Length == 0 ? 0 : octets.Count(octet => octet == '\n') + (octets[^1] == '\n' ? 0 : 1);
                var silent = 0;
                // A CR counts as part of a line's end only before an LF.
                foreach (var line in Encoding.Latin1.GetString(octets).Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n').Take(lines))
                    silent += line.Trim(' ', '\t').Length == 0 || line.StartsWith('#') ? 1 : 0;
                var valid = content.Entries.Count(entry => AccountName.TryParse(entry.Name, "bare.invalid", out _));
                return content.Problems.All(problem => problem.Line >= 1 && problem.Line <= lines)
                    && silent + valid + content.Problems.Count() == lines;
            },
            iter: 2000);

    [Fact]
    public void A_changed_password_leaves_the_other_fields_and_the_line_end_alone()
    {
        var content = PasswdContent.Read("a@x.org:{PLAIN}old:1000:100:Café, Ann:/home/a:/bin/sh:userdb_mail=maildir:~/Maildir mailops_scram_sha256=old allow_nets=::1\r\nb@x.org:{PLAIN}b\n"u8.ToArray());
        var changed = content.With(content.Find("a@x.org")!.With(Secret));
        Assert.Equal(
            $"a@x.org:{Stored}:1000:100:Café, Ann:/home/a:/bin/sh:userdb_mail=maildir:~/Maildir allow_nets=::1\r\nb@x.org:{{PLAIN}}b\n",
            Encoding.UTF8.GetString(changed.ToBytes()));
    }

    [Fact]
    public void Problems_carry_the_number_of_the_line_and_nothing_of_what_it_holds()
    {
        var content = PasswdContent.Read(Encoding.Latin1.GetBytes("# fine\nsecret-without-colon\n:secret\nok@x.org:{PLAIN}secret\n\nOK@X.org:again\nb\u00e9@x.org:secret\nwith space@x.org:secret\nc@x.org:se\0cret\n"));
        Assert.Equal([2, 3, 6, 7, 8, 9], content.Problems.Select(problem => problem.Line));
        Assert.All(content.Problems, problem => Assert.DoesNotContain("secret", problem.Text, StringComparison.Ordinal));
        Assert.Equal("{PLAIN}secret", content.Find("ok@x.org")!.Password);
    }

    [Fact]
    public async Task A_new_file_is_readable_by_its_owner_alone_and_leaves_no_temporary_file()
    {
        using var store = new TemporaryStore();
        await store.File.UpdateAsync(content => content.With(PasswdEntry.Create("a@x.org", Secret)), CancellationToken.None);
        Assert.Equal($"a@x.org:{Stored}::::::\n", store.Read());
        Assert.Equal("users users.lock", string.Join(' ', Directory.GetFiles(store.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(store.UsersPath));
    }

    [Fact]
    public async Task A_file_that_the_group_reads_stays_so_and_the_world_is_shut_out()
    {
        if (OperatingSystem.IsWindows())
            return;

        using var store = new TemporaryStore("a@x.org:{PLAIN}a\n");
        File.SetUnixFileMode(store.UsersPath, (UnixFileMode)Convert.ToInt32("644", 8));
        await store.File.UpdateAsync(content => content.Without("a@x.org"), CancellationToken.None);
        Assert.Equal((UnixFileMode)Convert.ToInt32("640", 8), File.GetUnixFileMode(store.UsersPath));
    }

    [Fact]
    public async Task Two_writers_at_the_same_time_lose_nothing()
    {
        using var store = new TemporaryStore();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var at = 0; at < 10; at++)
            {
                var name = $"w{writer}n{at}@x.org";
                await store.File.UpdateAsync(content => content.With(PasswdEntry.Create(name, Secret)), CancellationToken.None);
            }
        })));
        Assert.Equal(40, store.File.Read().Entries.Count());
        Assert.Empty(store.File.Read().Problems);
    }

    [Fact]
    public async Task A_change_that_fails_leaves_the_file_as_it_was()
    {
        using var store = new TemporaryStore("a@x.org:{PLAIN}a\n");
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await store.File.UpdateAsync(_ => throw new InvalidOperationException("no"), CancellationToken.None));
        Assert.Equal("a@x.org:{PLAIN}a\n", store.Read());

        // And the lock is free again.
        await store.File.UpdateAsync(content => content.Without("a@x.org"), CancellationToken.None);
        Assert.Equal("", store.Read());
    }

    [Fact]
    public async Task A_file_that_cannot_be_replaced_is_an_error_and_keeps_its_content()
    {
        using var store = new TemporaryStore();
        // A folder in the place of the file: nothing can be renamed over it, not even by root.
        Directory.CreateDirectory(store.UsersPath);
        var failed = await Record.ExceptionAsync(async () =>
            await store.File.UpdateAsync(content => content.With(PasswdEntry.Create("a@x.org", Secret)), CancellationToken.None));
        Assert.True(failed is IOException or UnauthorizedAccessException, failed?.ToString());
        Assert.Empty(Directory.GetFiles(store.Path, "*.tmp"));
    }

    [Fact]
    public async Task A_lock_that_another_process_keeps_is_waited_for_and_then_an_error()
    {
        using var store = new TemporaryStore("a@x.org:{PLAIN}a\n");
        var clock = new RecordingClock();
        var file = new PasswdFile(store.UsersPath, clock);
        var held = new FileStream(store.UsersPath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var change = file.UpdateAsync(content => content.Without("a@x.org"), CancellationToken.None).AsTask();
        Assert.False(change.IsCompletedSuccessfully);
        await held.DisposeAsync();
        await change;
        Assert.Equal("", store.Read());
        Assert.NotEmpty(clock.Waits);

        await using var again = new FileStream(store.UsersPath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var late = file.UpdateAsync(content => content, CancellationToken.None).AsTask();
        clock.Advance(TimeSpan.FromSeconds(11));
        await Assert.ThrowsAsync<IOException>(() => late);
    }

    [Fact]
    public async Task A_full_disk_is_an_error_and_loses_no_account()
    {
        var folder = Directory.CreateTempSubdirectory("mailops-full-").FullName;
        try
        {
            if (!await MountAsync("-t", "tmpfs", "-o", "size=64k", "none", folder))
                Peers.Miss("A small file system can only be mounted by root.");
            var file = new PasswdFile(Path.Combine(folder, PasswdFile.NameInStore), TimeProvider.System);
            await file.UpdateAsync(content => content.With(PasswdEntry.Create("a@x.org", Secret)), CancellationToken.None);
            var before = await File.ReadAllBytesAsync(file.Path);

            var big = PasswdContent.Read(Encoding.ASCII.GetBytes("# " + new string('x', 100_000) + "\n"));
            await Assert.ThrowsAnyAsync<IOException>(async () => await file.UpdateAsync(_ => big, CancellationToken.None));
            Assert.Equal(before, await File.ReadAllBytesAsync(file.Path));
            Assert.Empty(Directory.GetFiles(folder, "*.tmp"));

            // And there is room again for the next change.
            await file.UpdateAsync(content => content.With(PasswdEntry.Create("b@x.org", Secret)), CancellationToken.None);
            Assert.Equal(2, file.Read().Entries.Count());
        }
        finally
        {
            await UnmountAsync(folder);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> MountAsync(params string[] arguments) =>
        OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && await RunAsync("mount", arguments) == 0;

    private static Task<int> UnmountAsync(string folder) =>
        OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess ? RunAsync("umount", folder) : Task.FromResult(0);

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    [Theory]
    [InlineData("joe@example.com", "joe@example.com")]
    [InlineData("JOE@Example.COM", "joe@example.com")]
    [InlineData("joe", "joe@default.example")]
    [InlineData("a.b+c@bücher.example", "a.b+c@xn--bcher-kva.example")]
    [InlineData("o'neil@x.org", "o'neil@x.org")]
    [InlineData("", null)]
    [InlineData("@x.org", null)]
    [InlineData("joe@", null)]
    [InlineData("joe@x.org.", null)]
    [InlineData("joe@-x.org", null)]
    [InlineData("joe@a_b.org", null)]
    [InlineData("joe@[127.0.0.1]", null)]
    [InlineData(".joe@x.org", null)]
    [InlineData("jo..e@x.org", null)]
    [InlineData("#joe@x.org", null)]
    [InlineData("jo e@x.org", null)]
    [InlineData("jo:e@x.org", null)]
    [InlineData("j\u00f6@x.org", null)]
    [InlineData("jo\\e@x.org", null)]
    public void Names_are_canonical_or_refused(string text, string? canonical)
    {
        Assert.Equal(canonical is not null, AccountName.TryParse(text, "default.example", out var name));
        Assert.Equal(canonical, name);
    }
}
