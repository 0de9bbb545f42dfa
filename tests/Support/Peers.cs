using Xunit;

namespace MailOps.Tests.Support;

/// <summary>
/// Other programs that tests talk to (Debian packages). A test that misses one is skipped and says what to install;
/// with MAILOPS_REQUIRE_PEERS=1, as in CI, it fails.
/// </summary>
internal static class Peers
{
    private static readonly string[] Places = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/opt/courier-imap/usr/bin"];

    /// <summary>The path of a program that must be there.</summary>
    /// <param name="program">Its file name, such as <c>dovecot</c>.</param>
    /// <param name="package">The Debian package that has it.</param>
    internal static string Require(string program, string package)
    {
        if (Find(program) is { } path)
            return path;
        Miss($"'{program}' is not installed; install it with: apt-get install {package}");
        return "";
    }

    /// <summary>Goes on only as root.</summary>
    /// <param name="what">What needs it.</param>
    internal static void RequireRoot(string what)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Miss($"{what} needs root on Linux.");
    }

    /// <summary>Skips the test, or fails it where nothing may be missing.</summary>
    /// <param name="message">What is missing.</param>
    internal static void Miss(string message)
    {
        if (Environment.GetEnvironmentVariable("MAILOPS_REQUIRE_PEERS") == "1")
            Assert.Fail(message + " (MAILOPS_REQUIRE_PEERS=1 forbids to skip)");
        Assert.Skip(message);
    }

    /// <summary>The path of a program, or null.</summary>
    internal static string? Find(string program) => Places.Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists);
}
