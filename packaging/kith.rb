# A Homebrew formula: brew install --HEAD ./packaging/kith.rb in a tap of one's own (url and sha256 are a release's to fill in).
# Its syntax is checked by the tests; it was not run on a Mac.
class Kith < Formula
  desc "Unix filters for analysts: ingest, dedupe, segment, score, report"
  homepage "https://example.org/kith"
  url "https://example.org/kith/kith-0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "GPL-3.0-or-later"
  head "https://example.org/kith.git", branch: "main"

  depends_on "cmake" => :build
  depends_on "ninja" => :build
  depends_on "pkgconf" => :build
  depends_on "xxhash" => :build
  depends_on "gsl"
  depends_on "igraph"
  depends_on "libcsv"
  depends_on "nettle"
  depends_on "pcre2"
  depends_on "uchardet"
  depends_on "utf8proc"
  depends_on "zstd"

  uses_from_macos "zlib"

  def install
    system "cmake", "-S", ".", "-B", "build", "-G", "Ninja", "-DBUILD_TESTING=OFF", *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
  end

  test do
    (testpath/"orders.csv").write "person_id,amount\np1,12.50\np2,80\np1,7.50\n"
    assert_equal "n,sum\n3,100\n", shell_output("#{bin}/kith table -a 'n=count,sum=sum(amount)' orders.csv")
    assert_match "GSL", shell_output("#{bin}/kith --version")
  end
end
