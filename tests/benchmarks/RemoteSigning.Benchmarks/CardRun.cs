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
        string[][] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' '))];
        var times = new List<double>();
        foreach (string[] fields in lines.Where(l => l[0] != "total"))
        {
            byte[] hash = SHA256.HashData(Encoding.ASCII.GetBytes($"message {fields[0]} {fields[1]}"));
            if (fields[2] != "0x0" || !Signatures.Verify(publicKey, hash, Convert.FromHexString(fields[4]), der: false))
            {
                throw new BenchmarkException($"C_Sign gave {fields[2]}, or a signature that does not verify.");
            }

            times.Add(double.Parse(fields[3], CultureInfo.InvariantCulture) / 1000);
        }

        double seconds = double.Parse(lines.Single(l => l[0] == "total")[1], CultureInfo.InvariantCulture) / 1e6;
        return Measurement.Of("C_Sign through the card", key, callers, seconds, times);
    }
}
