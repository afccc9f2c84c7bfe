using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>A C program that signs through the module for as long as it is asked to (<c>tests/interop/card_driver.c</c>).</summary>
internal sealed class CardDriver : IDisposable
{
    private readonly Process _process;

    public CardDriver(SandboxDescription sandbox, string kind, int count, int threads)
    {
        string label = CardLabel.Find(sandbox, kind);
        var start = new ProcessStartInfo(
            Path.Combine(Installation.Current.Artifacts, "native", "card_driver"),
            [sandbox.Pkcs11.Module, SampleSigner.Pin, label, kind, count.ToString(CultureInfo.InvariantCulture), threads.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        foreach ((string name, string value) in sandbox.Pkcs11.Environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    public int ProcessId => _process.Id;

    public async IAsyncEnumerable<CardSignature> ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("total", StringComparison.Ordinal))
        {
            yield return CardSignature.Parse(line);
        }

        await _process.WaitForExitAsync();
        Assert.That(_process.ExitCode, Is.Zero, "the driver finalized the module and ended well");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
