using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>Runs the C driver (<c>tests/interop/card_driver.c</c>) and reads the time of each <c>C_Sign</c>.</summary>
internal static class CardRun
{
    public static Measurement Measure(SandboxDescription sandbox, string key, int callers, int operations, byte[] publicKey)
    {
        string kind = key == "P-256" ? "ecdsa" : "rsa";
        string output = Commands.Run(
            Path.Combine(Installation.Current.Artifacts, "native", "card_driver"),
            [
                sandbox.Pkcs11.Module, SampleSigner.Pin, CardLabel.Find(sandbox, kind), kind,
                (operations / callers).ToString(CultureInfo.InvariantCulture), callers.ToString(CultureInfo.InvariantCulture),
            ],
            sandbox.Pkcs11.Environment);
        var times = new List<double>();
        foreach (string[] fields in output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')))
        {
            byte[] hash = SHA256.HashData(Encoding.ASCII.GetBytes($"message {fields[0]} {fields[1]}"));
            if (fields[2] != "0x0" || !Signatures.Verify(publicKey, hash, Convert.FromHexString(fields[4]), der: false))
            {
                throw new BenchmarkException($"C_Sign gave {fields[2]}, or a signature that does not verify.");
            }

            times.Add(double.Parse(fields[3], CultureInfo.InvariantCulture) / 1000);
        }

        // Each caller signs without a pause, so the run's length is the longest sum of one caller's times.
        double seconds = times.Sum() / callers / 1000;
        return Measurement.Of("C_Sign through the card", key, callers, seconds, times);
    }
}
