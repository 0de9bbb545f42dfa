using MailOps.Client.Migration.Comparison;
using MailOps.Client.Tests.Protection;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>The files of a record of a comparison, and of one that is made again at the same path.</summary>
public sealed class ComparisonReportTests : IDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly MailCertificates _certificates = new();

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_record_without_signatures_leaves_none_of_an_earlier_one()
    {
        Assert.Equal(["proof.json", "proof.html", "proof.json.p7s", "proof.html.p7s"], (await WriteAsync("first", Signer())).Select(Path.GetFileName));
        Assert.Equal(["proof.html", "proof.html.p7s", "proof.json", "proof.json.p7s"], Files());
        Assert.Equal(["proof.json", "proof.html"], (await WriteAsync("second", signer: null)).Select(Path.GetFileName));
        Assert.Equal(["proof.html", "proof.json"], Files());
        Assert.All(Files(), file => Assert.Contains("second", File.ReadAllText(_folder.Of(file)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_ends_in_between_leaves_no_signature_beside_what_it_was_not_made_for()
    {
        await WriteAsync("first", Signer());
        File.Delete(_folder.Of("proof.html"));
        Directory.CreateDirectory(_folder.Of("proof.html/in the way"));
        var error = await Record.ExceptionAsync(() => WriteAsync("second", Signer()));
        Assert.True(error is IOException or UnauthorizedAccessException, $"{error}");
        Assert.Contains("second", File.ReadAllText(_folder.Of("proof.json")), StringComparison.Ordinal);
        Assert.Equal(["proof.json"], Files());
    }

    private ReportSigner Signer()
    {
        using var certificate = _certificates.Issue("proof", "proof@example.com");
        return new ReportSigner(certificate, password: null);
    }

    private async Task<IReadOnlyList<string>> WriteAsync(string reference, ReportSigner? signer)
    {
        await using var report = new ComparisonReport(_folder.Of("proof"), reference, "other", new Dictionary<string, string>(StringComparer.Ordinal), TimeProvider.System);
        return await report.FinishAsync([], [], TimeProvider.System.GetUtcNow(), signer, TestContext.Current.CancellationToken);
    }

    private IEnumerable<string> Files() => Directory.GetFiles(_folder.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
}
