using System.Diagnostics;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class PortableDiskTests
{
    [Fact]
    public async Task The_stores_tests_hold_on_the_portable_disk_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere it is the disk of all tests.");
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(PortableDiskTests).Assembly.Location);
        start.ArgumentList.Add("-noLogo");
        start.ArgumentList.Add("-noColor");
        foreach (var tests in new[] { typeof(StoreTests), typeof(ForeignFileTests), typeof(ConcurrencyTests), typeof(FullDiskTests) })
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(tests.FullName!);
        }

        start.Environment[StoreFixture.PortableDiskSetting] = "1";
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await said + await errors);
        Assert.Contains("Failed: 0", await said, StringComparison.Ordinal);
    }
}
