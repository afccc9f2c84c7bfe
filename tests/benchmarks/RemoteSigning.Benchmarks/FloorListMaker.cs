using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// Lengthens the floor list of a stopped SAM as if it had assigned many keys. The token signs the last line only, which
/// vouches for all; docs/sam/sealed-keys.md has the format.
/// </summary>
internal static class FloorListMaker
{
    public static void Lengthen(SamProcess sam, int entries)
    {
        string file = Path.Combine(sam.Data, "floor.list");
        byte[] chain = new byte[32];
        byte[] mac = [];
        int index = 0;
        foreach (string line in File.ReadLines(file))
        {
            int blank = line.LastIndexOf(' ');
            chain = Next(chain, mac, line[..(blank + 1)]);
            mac = Encoding.ASCII.GetBytes(line[(blank + 1)..]);
            index++;
        }

        sam.Store.UseInThisProcess();
        using Hsm hsm = Hsm.Open(new HsmOptions { Module = SoftHsm.Module, TokenLabel = SamProcess.Node, PinFile = sam.PinFile });
        using var writer = new StreamWriter(file, append: true);
        byte[] unsigned = Encoding.ASCII.GetBytes(new string('0', 64));
        for (int end = index + entries; index < end; index++)
        {
            string text = string.Create(
                CultureInfo.InvariantCulture,
                $"{index} {RandomNumberGenerator.GetHexString(32, lowercase: true)} 3 2000000000 {RandomNumberGenerator.GetHexString(64, lowercase: true)} ");
            chain = Next(chain, mac, text);
            mac = index == end - 1 ? Sign(hsm, chain) : unsigned;
            writer.Write($"{text}{Encoding.ASCII.GetString(mac)}\n");
        }
    }

    private static byte[] Next(byte[] chain, byte[] mac, string text) =>
        SHA256.HashData([.. chain, .. mac, .. Encoding.ASCII.GetBytes(text)]);

    private static byte[] Sign(Hsm hsm, byte[] chain) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hsm.Hmac(
        "sam-floor", Encoding.UTF8.GetBytes($"RemoteSigning floor list v2\n{SamProcess.Node}\n{Convert.ToHexStringLower(chain)}\n"))));
}
